"""The verdict on a run: what was sent, what arrived, what the rows say."""
