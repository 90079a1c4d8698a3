"""Sign-in: states of OpenID Connect flows and socket tickets, each used once."""
