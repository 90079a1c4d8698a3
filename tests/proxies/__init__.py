"""Parley behind real proxies, with the configuration text of docs/operations.md."""
