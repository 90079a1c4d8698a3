"""What the API keeps once per process: rate limits, sign-ins, batches of commands, files."""
