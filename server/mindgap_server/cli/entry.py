"""The way into the `mindgap` command: a plain `mindgap serve` loads nothing of the command line."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit."""
    try:
        _main()
    except KeyboardInterrupt:
        # What is loaded at the start takes longer than some need to think better of it.
        from mindgap_server.cli.terminal import CANCELLED

        sys.exit(CANCELLED)


def _main() -> None:
    if sys.argv[1:] == ["serve"]:
        from mindgap_server.start import serve_stdio

        serve_stdio()
    else:
        from mindgap_server.cli.app import main as run

        run()
