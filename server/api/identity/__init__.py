"""What sign-in and accounts share: sessions, passwords, mails about an account."""
