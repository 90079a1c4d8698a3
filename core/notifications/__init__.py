"""What agents are notified of while they do not look: preferences, keys and texts of push messages."""
