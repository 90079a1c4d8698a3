"""Rows of accounts: people, their sessions, proofs and second factors."""
