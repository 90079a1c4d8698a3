"""Rules of accounts: signing in and out, credentials, closing. The caller commits, then publishes."""
