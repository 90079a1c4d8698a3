"""Tests of Parley: each name is a sentence about its behaviour."""
