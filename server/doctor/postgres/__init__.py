"""What the doctor reads from Postgres."""
