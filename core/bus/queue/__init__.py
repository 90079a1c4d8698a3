"""Where the streams of commands are, in a cluster."""
