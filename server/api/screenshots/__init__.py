"""Screenshots of the pages that visitors look at."""
