"""One port for all: websockets to the gateway, everything else to Hypercorn."""
