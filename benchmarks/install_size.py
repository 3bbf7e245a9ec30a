"""Measure what a default install costs: python -m benchmarks.install_size.

Builds the wheel of this checkout, downloads it with everything it needs, and installs that into a new
virtual environment in a temporary folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def megabytes(folder: Path) -> float:
    """Size of all files below a folder in MB (10^6 bytes)."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def main() -> int:
    """Print download and installed size."""
    with tempfile.TemporaryDirectory(prefix="mindgap-size-") as name:
        folder = Path(name)
        venv.create(folder / "venv", with_pip=True)
        programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        pip = [str(programs / "python"), "-m", "pip", "--quiet"]
        empty = megabytes(folder / "venv")
        subprocess.run([*pip, "wheel", "--no-deps", "-w", str(folder / "own"), str(ROOT)], check=True)
        (wheel,) = (folder / "own").glob("*.whl")
        subprocess.run([*pip, "download", "-d", str(folder / "all"), str(wheel)], check=True)
        subprocess.run([*pip, "install", "--find-links", str(folder / "all"), str(wheel)], check=True)
        print(f"wheel of Mindgap        {megabytes(folder / 'own'):6.0f} MB")
        print(f"download, all wheels    {megabytes(folder / 'all'):6.0f} MB")
        print(f"installed               {megabytes(folder / 'venv') - empty:6.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
