"""Routes: registering, resetting, changing and closing an account."""
