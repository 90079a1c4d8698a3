"""Frames over Server-Sent Events and POST, for networks that block websockets."""
