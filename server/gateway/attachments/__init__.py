"""Messages with files, on the socket."""
