"""The HTTP API: REST, pages and health."""
