"""Starts the server with the packages of the extension; a checkout without them uses the interpreter's own.

Run with `python -I`, so that nothing but this file decides where packages come from.
"""

import sys
from pathlib import Path

BUNDLED = Path(__file__).resolve().parent.parent / "bundled"
VERSION = f"cp{sys.version_info.major}{sys.version_info.minor}"

sys.path[:0] = [str(folder) for folder in (BUNDLED / VERSION, BUNDLED / "any") if folder.is_dir()]

from mindgap_server.start import serve_stdio  # noqa: E402 - found through the lines above

serve_stdio()
