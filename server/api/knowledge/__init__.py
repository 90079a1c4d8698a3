"""Routes about articles: what a project knows."""
