"""The chat's domain and storage: model, rules, Postgres and Redis; independent of frames and event loop."""
