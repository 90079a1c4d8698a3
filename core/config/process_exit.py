"""How every process that has settings ends: without the interpreter's last collection.

msgspec 0.22 crashes now and then when that collection frees its types (TypeNode_Free): a command that had
failed, or done its work, ended with a segmentation fault. Frozen objects are not collected.
"""

import atexit
import gc

atexit.register(gc.freeze)
