"""Stage: commands of the stream become rows."""
