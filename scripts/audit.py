"""Compare what is installed and locked with published advisories: `make audit`.

Asks the OSV database, as pip-audit does with `--vulnerability-service osv`, in one request that holds names
and versions of packages and nothing else. Whatever needs no network is checked in any case: every package of
the VS Code client's lock file is pinned by a hash, and the installed Python packages fit each other.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

SERVICE = os.environ.get("MINDGAP_AUDIT_URL", "https://api.osv.dev/v1/querybatch")
LOCK = Path(__file__).parents[1] / "vscode-client" / "package-lock.json"
TIMEOUT = 30.0
SOUND, FOUND, OFFLINE = 0, 1, 2
"""Exit codes; OFFLINE: nothing was compared with advisories, which is not the same as sound."""


@dataclass(frozen=True, slots=True)
class Package:
    """One version of one package."""

    ecosystem: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.ecosystem})"


def python_packages() -> list[Package]:
    """All that is installed beside this, Mindgap itself left out."""
    found = {(item.name.lower(), item.version) for item in metadata.distributions()}
    return [Package("PyPI", name, version) for name, version in sorted(found) if name != "mindgap"]


def locked_packages(lock: Path) -> list[Package]:
    """All that the VS Code client's lock file names."""
    found = {(_npm_name(key), item["version"]) for key, item in _locked(lock)}
    return [Package("npm", name, version) for name, version in sorted(found)]


def unpinned(lock: Path) -> list[str]:
    """What that file names without a hash."""
    return [key for key, item in _locked(lock) if "integrity" not in item]


def _locked(lock: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, item in json.loads(lock.read_text("utf-8"))["packages"].items():
        if key:
            yield key, item


def _npm_name(key: str) -> str:
    return key.rpartition("node_modules/")[2]


def misfits() -> list[str]:
    """What `pip check` says of the installed packages."""
    command = [sys.executable, "-m", "pip", "check"]
    checked = subprocess.run(command, check=False, capture_output=True, text=True)
    return (checked.stdout or checked.stderr).splitlines() if checked.returncode else []


def advisories(packages: Sequence[Package], service: str = SERVICE) -> dict[Package, list[str]]:
    """The ids of the advisories for those packages that have any. Raises OSError when nobody answers."""
    queries = [
        {"package": {"ecosystem": item.ecosystem, "name": item.name}, "version": item.version}
        for item in packages
    ]
    request = urllib.request.Request(
        service, json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        results = json.load(answer)["results"]
    found = zip(packages, results, strict=True)
    return {item: [v["id"] for v in result["vulns"]] for item, result in found if result.get("vulns")}


def main() -> int:
    """Check everything, say what was and what was not; answers the exit code."""
    problems = [f"{name} is locked without a hash" for name in unpinned(LOCK)] + misfits()
    packages = [*python_packages(), *locked_packages(LOCK)]
    offline = None
    try:
        for package, ids in advisories(packages).items():
            problems += [f"{package}: https://osv.dev/vulnerability/{name}" for name in ids]
    except (OSError, ValueError, KeyError) as error:
        offline = getattr(error, "reason", error)
    for problem in problems:
        print(problem)
    if offline is not None:
        print(
            f"OFFLINE: {SERVICE} gave no answer ({offline}). None of the {len(packages)} packages was "
            "compared with advisories; only the hashes of the lock file and `pip check` were looked at."
        )
        return FOUND if problems else OFFLINE
    print(f"{len(packages)} packages compared with the advisories of {SERVICE}: {len(problems)} problems.")
    return FOUND if problems else SOUND


if __name__ == "__main__":
    sys.exit(main())
