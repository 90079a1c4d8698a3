"""Verified visitors: the secrets of a project's site, and what the site has signed with them."""
