"""Tables of notes about visitors, and of mentions of teammates."""
