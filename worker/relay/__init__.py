"""Stage: publishes committed events to the rooms."""
