"""Receivers of webhooks as other people write them, and what arrives whatever happens to the workers."""
