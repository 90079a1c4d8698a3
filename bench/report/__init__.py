"""Reports of a run: result.json, a table, plots."""
