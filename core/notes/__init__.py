"""Rules of notes about visitors, and of mentions in them."""
