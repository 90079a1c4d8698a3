"""Rules of projects, their members, invitations and API keys. The caller commits, then publishes."""
