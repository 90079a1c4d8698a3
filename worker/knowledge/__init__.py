"""The stage `knowledge`: prepares articles for searches, and imports them."""
