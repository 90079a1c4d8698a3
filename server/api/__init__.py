"""The second door: REST, pages and health."""
