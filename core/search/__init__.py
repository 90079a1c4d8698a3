"""What search compares: the words of texts and queries, and the parts of a text that a query found."""
