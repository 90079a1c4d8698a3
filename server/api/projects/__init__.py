"""Routes: projects, their members, invitations and API keys."""
