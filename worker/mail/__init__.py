"""Stage: mail that waits is sent."""
