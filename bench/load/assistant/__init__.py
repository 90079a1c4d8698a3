"""The assistant under load: visitors who ask it, and the provider that it asks."""
