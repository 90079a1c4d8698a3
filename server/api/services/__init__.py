"""Services that exist once per process: rate limits, authentication, batches of commands, files."""
