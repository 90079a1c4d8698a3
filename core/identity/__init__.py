"""Who somebody is: passwords, codes, tokens, keys, and what is encrypted at rest."""
