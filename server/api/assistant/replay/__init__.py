"""The replay of a workflow against recorded conversations."""
