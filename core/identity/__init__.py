"""Authentication: passwords, second factors, tokens, keys, and encryption at rest."""
