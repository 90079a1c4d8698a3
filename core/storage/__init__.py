"""Where files are kept: a local directory, or a bucket of an S3-compatible service."""
