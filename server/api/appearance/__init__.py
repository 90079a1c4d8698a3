"""Routes: how a project's widget looks."""
