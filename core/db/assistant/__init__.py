"""Rows of the assistant: its settings, workflows, and turns."""
