"""The databases of the target: what the bench asks them about itself."""
