"""What a project knows, as values: how an article is cut, and in which words it is searched."""
