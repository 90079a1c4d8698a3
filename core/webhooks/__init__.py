"""Webhooks: the catalogue of events, payloads and signatures."""
