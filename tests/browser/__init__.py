"""Widget and dashboard side by side in a real Chromium, against a real server and worker."""
