"""Hop 5: messages with files: PostFiles."""
