"""Rows for operators: queued mail, the audit log, health, administration."""
