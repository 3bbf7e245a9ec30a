"""The way into the `mindgap` command: a plain `mindgap serve` loads nothing of the command line."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit."""
    if sys.argv[1:] == ["serve"]:
        from mindgap_server.start import serve_stdio

        serve_stdio()
    else:
        from mindgap_server.cli.app import main as run

        run()
