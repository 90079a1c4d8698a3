"""Stage `webhooks`: sends events to the addresses of a project's integrations."""
