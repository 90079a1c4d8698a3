"""Routes about the model's server that a project has chosen."""
