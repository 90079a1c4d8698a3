"""What every route stands on: admission, bodies, answers, problems."""
