"""``python -m gradus``: the command line."""

import sys

from gradus.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
