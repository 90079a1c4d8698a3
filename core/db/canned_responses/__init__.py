"""Tables of canned responses."""
