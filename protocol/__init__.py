"""The wire protocol: frames, codecs and the state of one connection; pure: no await, no clock, no logging."""
