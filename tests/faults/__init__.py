"""Fault injection into real processes, and the guarantees that must hold despite it."""
