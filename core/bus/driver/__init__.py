"""What coredis lacks for us: pools that leak nothing, and a cluster and Sentinel used like one Redis."""
