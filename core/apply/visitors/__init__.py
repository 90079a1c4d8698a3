"""Hop 5: commands about a visitor: facts of a page, who a site says that it is, changes by agents."""
