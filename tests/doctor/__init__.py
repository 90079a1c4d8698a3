"""The doctor finds what is planted in a sound installation of real parts, and nothing in the sound one."""
