"""How well and how fast searches over articles answer questions: a benchmark of retrieval."""
