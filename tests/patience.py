"""The timeout of waits for certain events: it only prevents hanging, also on machines far slower than ours.

A test of speed does not use it: its limit stands next to the test, with the allowance for a busy machine.
"""

from typing import Final

PATIENCE: Final = 60.0  # seconds
