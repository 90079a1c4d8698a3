"""A provider that answers by rules in place of a model: for the demo and for tests."""
