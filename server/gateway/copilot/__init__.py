"""The operations of agents' copilot sessions on the socket, with the guards that each declares."""
