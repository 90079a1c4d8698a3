"""Rows of conversations: messages, reads, visitors, changes."""
