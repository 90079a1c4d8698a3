"""What a chat is, where it is kept and how it changes; knows no frame and no event loop."""
