"""Parley, self-hosted live chat, as it is installed: the folders of the project and the command."""
