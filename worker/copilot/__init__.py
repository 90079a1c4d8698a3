"""The stage `copilot`: runs the turns of agents' sessions. Nothing that it makes reaches a visitor."""
