"""What is recorded of turns, and what another workflow would make of them."""
