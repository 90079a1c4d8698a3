"""What Parley promises, as sentences that run."""
