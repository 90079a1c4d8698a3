"""What workers share about the assistant."""
