"""The doctor: finds what is set up wrongly in an installation, and says which line to change."""
