"""Commands of forms: sending, answering, filling, closing, correcting."""
