"""Notes about visitors, and the mentions of teammates."""
