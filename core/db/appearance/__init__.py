"""Tables: how widgets look, their logos, and how fast a project answers."""
