"""Routes: conversations, messages and visitors, for agents and for the widget."""
