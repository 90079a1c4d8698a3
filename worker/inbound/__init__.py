"""Stage: reads commands from the stream and writes rows."""
