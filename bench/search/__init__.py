"""How fast messages are found among a million, and what it costs to have them found."""
