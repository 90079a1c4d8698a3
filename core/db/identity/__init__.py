"""Rows of accounts: users, sessions, mailed tokens, identities and second factors."""
