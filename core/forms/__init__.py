"""Rules of forms: what a template may ask, what answers it, and a form in plain text."""
