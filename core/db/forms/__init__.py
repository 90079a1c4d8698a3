"""Tables of forms: templates, the forms that were sent, and the filled ones."""
