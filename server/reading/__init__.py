"""Search, statistics and exports: their own connections, on the replica where there is one."""
