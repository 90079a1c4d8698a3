"""Shared by sign-in and accounts: sessions, passwords, emails about an account."""
