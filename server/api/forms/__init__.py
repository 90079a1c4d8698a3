"""Forms: templates, sending them to visitors, and the answers."""
