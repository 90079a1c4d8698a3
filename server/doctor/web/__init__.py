"""What the doctor sees of the way from the public URL to a server."""
