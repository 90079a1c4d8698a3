"""HTTP requests to addresses that users chose: protected against SSRF, bounded in size and time."""
