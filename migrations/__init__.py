"""Schema migrations, forward only: schema.sql, the numbered files that lead to it, and their runner."""
