"""The command line: one verb per module, one message per mistake."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; a user's mistake ends with its message and exit code, never with a traceback."""
    from ganforge.cli.app import app
    from ganforge.errors import GanforgeError

    try:
        app()
    except GanforgeError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has gone (`ganforge list | head`); there is nobody left to tell.
        sys.stderr.close()
        sys.exit(1)
