"""Rows of projects: members, invitations, API keys."""
