"""Reads documents that may be hostile, in a process of their own with little memory and time."""
