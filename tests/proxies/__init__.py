"""Parley behind real proxies, configured by the very text of docs/operations.md."""
