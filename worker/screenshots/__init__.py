"""Stage `screenshots`: pictures of the pages that visitors look at, as a stranger sees them."""
