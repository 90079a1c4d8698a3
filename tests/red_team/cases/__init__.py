"""The cases, by what the attacker wants."""
