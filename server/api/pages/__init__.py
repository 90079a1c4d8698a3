"""Routes: the pages and files that browsers load."""
