"""The process that holds connections (Trio)."""
