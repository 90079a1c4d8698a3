"""Rules for texts: names, addresses, origins, facts; and what of them may be logged."""
