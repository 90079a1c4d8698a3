"""The lean driver: visitors, agents and their replies on one uvloop, as an open loop."""
