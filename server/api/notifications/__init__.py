"""Notifications of agents: preferences, and the browsers that get push messages."""
