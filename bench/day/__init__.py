"""Locust users: a day in the life of visitors and agents, on gevent."""
