"""A small client of the language server: requests one after the other, over its pipes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import psutil

Json = Any

SERVER = (sys.executable, "-m", "mindgap_server")


class Server:
    """The server over one folder, started and ended with the context."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.root = root
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            SERVER,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._ids = 0

    def __enter__(self) -> Self:
        folder = {"uri": self.root.as_uri(), "name": self.root.name}
        self.request("initialize", {"processId": None, "capabilities": {}, "workspaceFolders": [folder]})
        used = psutil.Process(self.process.pid).cpu_times()
        self.initialize_seconds = time.perf_counter() - self.started
        self.initialize_cpu_seconds = used.user + used.system
        self.notify("initialized", {})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.request("shutdown", None)
            self.notify("exit", None)
            self.process.wait(30)
        self.process.kill()
        self.process.wait()

    def search(self, query: str, **params: Json) -> Json:
        """The hits of a search."""
        return self.request("mindgap/search", {"query": query, **params})["hits"]

    def state(self) -> Json:
        """How the one root is."""
        return self.request("mindgap/status", {})["roots"][0]

    def wait_until_ready(self, seconds: float = 3600.0) -> None:
        """Until the index is up to date."""
        self.wait_for(lambda: self.state()["state"] == "ready", seconds)

    def wait_for(self, check: Callable[[], bool], seconds: float = 60.0) -> float:
        """Seconds until a check answered yes."""
        started = time.perf_counter()
        while not check():
            if time.perf_counter() - started > seconds:
                raise TimeoutError("The server did not get there in time.")
            time.sleep(0.005)
        return time.perf_counter() - started

    def open(self, path: Path, text: str) -> None:
        """Hold a document open."""
        item = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def edit(self, path: Path, text: str, version: int) -> None:
        """Change it as a whole."""
        document = {"uri": path.as_uri(), "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def close(self, path: Path) -> None:
        """Let it go."""
        self.notify("textDocument/didClose", {"textDocument": {"uri": path.as_uri()}})

    def request(self, method: str, params: Json) -> Json:
        """Send a request and wait for its answer; what the server asks meanwhile is answered with null."""
        self._ids += 1
        own = self._ids
        self._send({"id": own, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == own and "method" not in message:
                if "error" in message:
                    raise RuntimeError(message["error"]["message"])
                return message.get("result")
            if "method" in message and "id" in message:
                self._send({"id": message["id"], "result": None})

    def notify(self, method: str, params: Json) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        pipe = _there(self.process.stdin)
        pipe.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        pipe.flush()

    def _receive(self) -> dict[str, Any]:
        pipe, length = _there(self.process.stdout), 0
        while (line := pipe.readline()) not in {b"\r\n", b""}:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise RuntimeError("The server has ended.")
        message: dict[str, Any] = json.loads(pipe.read(length))
        return message


def _there(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
