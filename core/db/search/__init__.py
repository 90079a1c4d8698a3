"""Tables of the search: the queue, the documents in their buckets, the backlog, and what is found."""
