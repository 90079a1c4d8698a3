"""How long a test waits for what is certain to come: against hanging, on machines far slower than ours.

A promise of speed is no such wait: it has a number of its own, next to its test, and says what may be added.
"""

from typing import Final

PATIENCE: Final = 60.0  # seconds
