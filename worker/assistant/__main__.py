"""`python -m worker.assistant replay …`: runs a workflow of a file against recorded conversations."""

import os
import sys

from worker.assistant.replay_command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
