"""The schema, forward only: schema.sql and the numbered files that lead to it, with their runner."""
