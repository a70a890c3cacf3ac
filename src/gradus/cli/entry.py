"""What the ``gradus`` command starts: the command line, with its imports inside the guard."""

import sys


def main() -> int:
    """Run the command line; Ctrl-C is no traceback even while modules are being imported."""
    try:
        from gradus.cli.app import main as run

        return run()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
