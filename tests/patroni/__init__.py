"""A primary with a synchronous standby under Patroni, as docs/how-to/use-patroni.md sets it up."""
