"""Shared by sign-in and accounts: sessions, passwords, mails about an account."""
