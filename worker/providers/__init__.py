"""Providers of models: one request, its deadlines and errors, the circuit breaker, and failover."""
