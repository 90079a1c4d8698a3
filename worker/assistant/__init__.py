"""Stage `assistant`: executes workflows of projects, and talks to providers of models."""
