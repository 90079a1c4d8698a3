"""The HTTP layer of all routes: admission, bodies, answers, problems."""
