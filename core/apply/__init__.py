"""Applies commands: decides what a batch does before any row is written."""
