"""What a run says: result.json, a table, plots."""
