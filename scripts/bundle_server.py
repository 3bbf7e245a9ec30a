"""Puts the server and all packages it needs into the VS Code extension: `python scripts/bundle_server.py`.

`vscode-client/bundled/any` holds what is the same for every Python, `cp311`, `cp312` … what was compiled
for one. The packages come from the wheels of the platform that this runs on; nothing is compiled.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "vscode-client" / "bundled"
OWN_PACKAGES = ("indexer/mindgap_indexer", "server/mindgap_server")
USELESS = ("__pycache__", "*.pyi", "tests", "*.h", "*.a", "*.lib", "deep-v*")
"""Left out: what compilers, type checkers and tests read, and the deep model, whose runtime is not packed."""
LEFT_OUT = {
    # With these tokenizers would download models; the extension downloads nothing.
    *("huggingface_hub", "hf_xet", "httpx2", "httpcore2", "anyio", "h11", "idna", "truststore", "fsspec"),
    *("filelock", "tqdm", "pyyaml", "packaging"),
    *("pydantic", "pydantic_core", "annotated_types", "typing_inspection"),
    # Of these the shell command is made.
    *("typer", "click", "shellingham", "annotated_doc", "rich", "markdown_it_py", "mdurl", "pygments"),
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def main() -> None:
    """Bundle for the Pythons of the command line, by default for all that the extension supports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pythons", nargs="*", default=PYTHONS, help="versions such as 3.12")
    pythons: Sequence[str] = parser.parse_args().pythons
    shutil.rmtree(TARGET, ignore_errors=True)
    for python in pythons:
        with tempfile.TemporaryDirectory() as name:
            site = Path(name)
            install(site, python)
            sort(site, TARGET / "any", TARGET / tag(python))
    for package in OWN_PACKAGES:
        source = ROOT / package
        shutil.copytree(source, TARGET / "any" / source.name, ignore=shutil.ignore_patterns(*USELESS))
    (TARGET / "versions.json").write_text(json.dumps(list(pythons)) + "\n", "utf-8")
    size = sum(path.stat().st_size for path in TARGET.rglob("*") if path.is_file())
    print(f"Bundled the server for Python {', '.join(pythons)}: {size / 1e6:,.0f} MB in {TARGET}")


def tag(python: str) -> str:
    """`3.12` -> `cp312`."""
    return "cp" + python.replace(".", "")


def install(site: Path, python: str) -> None:
    """Install what the server needs, from wheels for this Python alone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    options = ["--target", str(site), "--python-version", python, "--only-binary", ":all:", "--no-compile"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *options, *project["dependencies"]], check=True)


def sort(site: Path, common: Path, own: Path) -> None:
    """Move each distribution to where it belongs, by the tags of its wheel."""
    for info in sorted(site.glob("*.dist-info")):
        if info.name.split("-")[0].lower() in LEFT_OUT:
            continue
        target = own if is_for_one_python(info) else common
        for name in top_level(info):
            if (site / name).exists() and not (target / name).exists():
                copy(site / name, target / name)


def is_for_one_python(info: Path) -> bool:
    """Whether a distribution was compiled for one version of Python."""
    tags = [
        line.split()[1] for line in (info / "WHEEL").read_text("utf-8").splitlines() if line[:4] == "Tag:"
    ]
    abis = {abi for tag in tags for abi in tag.split("-")[1].split(".")}
    return not abis <= {"none", "abi3"}


def top_level(info: Path) -> Iterator[str]:
    """The files and folders of a distribution, programs left out."""
    lines = (info / "RECORD").read_text("utf-8").splitlines()
    names = {line.split(",")[0].split("/")[0] for line in lines}
    yield from sorted(name for name in names if name not in {"..", "bin", "Scripts", "__pycache__"})


def copy(source: Path, target: Path) -> None:
    """Copy a file or folder, without what nobody needs at run time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*USELESS))
    else:
        shutil.copy2(source, target)


if __name__ == "__main__":
    main()
