"""Commands become rows: what a batch of them does, decided before anything is written."""
