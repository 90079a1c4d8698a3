"""What a process says of itself: log lines, metrics, and the port where Prometheus reads them."""
