"""What agents do with the dashboard, for their notifications."""
