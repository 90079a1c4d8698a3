"""Tables of articles: what a project knows."""
