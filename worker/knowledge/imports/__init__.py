"""Works imports off: fetches, extracts and stores what becomes articles."""
