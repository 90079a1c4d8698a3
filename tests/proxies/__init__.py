"""Parley behind real proxies, configured by the very text of docs/how-to/run-behind-a-proxy.md."""
