"""Rows for operators: mail to be sent, the audit log, health, the installation."""
