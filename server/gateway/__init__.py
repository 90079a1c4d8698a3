"""Websockets: frames from clients become commands, events become frames for clients."""
