"""Locust users that simulate a day of visitors and agents, on gevent."""
