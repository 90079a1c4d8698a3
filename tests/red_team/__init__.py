"""Attacks on the assistant by a model that obeys every injection; a case fails on an effect, not on words."""
