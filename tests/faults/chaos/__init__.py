"""Seeded schedules of faults under load, and the comparison with the database afterwards."""
