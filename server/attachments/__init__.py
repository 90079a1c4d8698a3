"""Examines files that may be hostile, in processes of their own with little memory and time."""
