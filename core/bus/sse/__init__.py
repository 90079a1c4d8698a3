"""Event streams: messages between the servers that hold them and the servers that POSTs reach."""
