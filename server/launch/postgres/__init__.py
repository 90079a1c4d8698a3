"""The embedded PostgreSQL: its account, its cluster, and the upgrade of older clusters."""
