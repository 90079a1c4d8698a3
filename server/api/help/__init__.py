"""Routes about articles for visitors: the widget's, and the public help page."""
