"""Seeded schedules of faults over a running load, and the books that are checked afterwards."""
