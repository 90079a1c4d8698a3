"""The wire: frames, their bytes, and the life of one connection; pure, no await, no clock, no logging."""
