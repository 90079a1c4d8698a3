"""Shows running turns to people: tokens on the ephemeral lane. For every stage that has turns."""
