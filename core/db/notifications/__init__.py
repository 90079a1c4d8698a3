"""Tables of notifications: preferences, browsers that get push messages, and the keys that sign them."""
