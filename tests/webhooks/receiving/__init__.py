"""Receivers of webhooks that run as processes of their own, in several languages."""
