"""Watches over running turns: leases, and what people do meanwhile."""
