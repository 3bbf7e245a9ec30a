"""`make audit` finds what is published, and never takes silence for an all-clear."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from scripts import audit
from scripts.audit import Package


class Advisories(BaseHTTPRequestHandler):
    """Knows one weakness of each package called `holed`."""

    asked: ClassVar[list[Any]] = []
    answer: ClassVar[bytes | None] = None

    def do_POST(self) -> None:
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        self.asked.extend(queries)
        results = [{"vulns": [{"id": "X-1"}]} if q["package"]["name"] == "holed" else {} for q in queries]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer or json.dumps({"results": results}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing to standard error."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    Advisories.asked.clear()
    monkeypatch.setattr(Advisories, "answer", None)
    server = HTTPServer(("127.0.0.1", 0), Advisories)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(audit.advisories, "__defaults__", (url,))
    monkeypatch.setattr(audit, "SERVICE", url)
    monkeypatch.setattr(audit, "misfits", list)
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


def lock_file(folder: Path, **packages: str | None) -> Path:
    """A lock file of these packages with these hashes."""
    entries: dict[str, Any] = {"": {"name": "client"}}
    for name, integrity in packages.items():
        entries[f"node_modules/{name}"] = {"version": "1.0.0"} | (
            {"integrity": integrity} if integrity else {}
        )
    path = folder / "package-lock.json"
    path.write_text(json.dumps({"packages": entries}))
    return path


def test_only_names_and_versions_are_asked(service: str) -> None:
    found = audit.advisories([Package("PyPI", "sound", "1"), Package("npm", "holed", "2")], service)
    assert found == {Package("npm", "holed", "2"): ["X-1"]}
    assert Advisories.asked[0] == {"package": {"ecosystem": "PyPI", "name": "sound"}, "version": "1"}


@pytest.mark.usefixtures("service")
def test_a_published_weakness_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "LOCK", lock_file(tmp_path, holed="sha512-x"))
    assert audit.main() == audit.FOUND
    assert "holed 1.0.0 (npm): https://osv.dev/vulnerability/X-1" in capsys.readouterr().out


@pytest.mark.parametrize("answer", [None, b"<html>a proxy says hello</html>", b"{}"])
@pytest.mark.usefixtures("service")
def test_silence_is_no_all_clear(
    answer: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "LOCK", lock_file(tmp_path, fine="sha512-x"))
    monkeypatch.setattr(audit, "python_packages", list)
    monkeypatch.setattr(Advisories, "answer", answer)
    if answer is None:
        monkeypatch.setattr(audit.advisories, "__defaults__", ("http://127.0.0.1:9",))
    code = audit.main()
    assert code != audit.SOUND
    assert "OFFLINE" in capsys.readouterr().out


@pytest.mark.usefixtures("service")
def test_a_package_without_a_hash_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = lock_file(tmp_path, loose=None, fine="sha512-x")
    monkeypatch.setattr(audit, "LOCK", lock)
    assert audit.unpinned(lock) == ["node_modules/loose"]
    assert audit.main() == audit.FOUND


def test_the_real_lock_file_pins_everything() -> None:
    assert audit.unpinned(audit.LOCK) == []
    assert len(audit.locked_packages(audit.LOCK)) > 10


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell script")
def test_what_does_not_fit_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pip = tmp_path / "python"
    pip.write_text("#!/bin/sh\necho 'a 1 has requirement b>2, but you have b 1.'\nexit 1\n")
    pip.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(pip))
    assert audit.misfits() == ["a 1 has requirement b>2, but you have b 1."]


def test_what_is_installed_is_listed() -> None:
    names = {package.name for package in audit.python_packages()}
    assert {"numpy", "apsw"} <= names
    assert "mindgap" not in names
