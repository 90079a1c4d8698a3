"""Canned responses: texts that agents reuse."""
