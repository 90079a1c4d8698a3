"""One port for all: websockets go to the gateway, all other requests to the API."""
