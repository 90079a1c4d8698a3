"""Saved views: the inbox filters that a member has named."""
