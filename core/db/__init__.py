"""Postgres: one file per table, one typed function per SQL statement."""
