"""An `initialize` that does not fit the protocol everywhere: the rest of it counts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from mindgap_indexer.paths import HOME_VARIABLE
from mindgap_server.app import create_server
from mindgap_server.capabilities import initialize_result
from mindgap_server.channel import take_up
from mindgap_server.framing import frame, read_body_at_once
from mindgap_server.greeting import First
from mindgap_server.leniency import readable
from mindgap_server.server import MindgapServer
from tests.conftest import WriteTree

FOLDER = {"uri": "file:///w/one", "name": "one"}


def body_of(message: dict[str, Any]) -> bytes:
    return frame(message).partition(b"\r\n\r\n")[2]


async def greeted(**params: Any) -> MindgapServer:  # noqa: ANN401 - JSON
    server = create_server()
    message: dict[str, Any] = {"id": 1, "method": "initialize", "params": {"capabilities": {}, **params}}
    take_up(server, First(body_of(message), answered=True))
    server.dispose()
    return server


@pytest.mark.parametrize(
    ("wrong", "left_out"),
    [
        ({"trace": "bogus"}, ("trace",)),
        ({"processId": "abc", "clientInfo": {"version": "1"}}, ("processId", "clientInfo")),
        (
            {"capabilities": {"workspace": {"symbol": {"symbolKind": {"valueSet": [1, 99, 2]}}}}},
            ("capabilities.workspace.symbol.symbolKind.valueSet[1]",),
        ),
        (
            {"workspaceFolders": [FOLDER, 7, {"name": "no URI"}]},
            ("workspaceFolders[1]", "workspaceFolders[2]"),
        ),
        ({"workspaceFolders": [{"uri": FOLDER["uri"]}]}, ()),
        ({"workspaceFolders": [{"uri": FOLDER["uri"], "name": None}], "trace": 1}, ("trace",)),
    ],
)
async def test_what_does_not_fit_costs_itself_alone(wrong: dict[str, Any], left_out: tuple[str, ...]) -> None:
    given = {"workspaceFolders": [FOLDER], "initializationOptions": {"search": {"limit": 3}}, **wrong}
    server = await greeted(**given)
    params = server.initialize_params
    assert server.unread == left_out
    assert [folder.uri for folder in params.workspace_folders or ()] == [FOLDER["uri"]]
    assert server.set_options().options.search.limit == 3


async def test_folders_that_are_no_list_leave_the_root() -> None:
    server = await greeted(workspaceFolders="x", rootUri="file:///w")
    assert (server.initialize_params.workspace_folders, server.initialize_params.root_uri) == (
        None,
        "file:///w",
    )


@pytest.mark.parametrize(
    "capabilities",
    [
        {"general": {"positionEncodings": ["utf-8"], "regularExpressions": {}}},
        {"general": {"positionEncodings": ["utf-32", 5]}, "workspace": 7},
        {"general": {"positionEncodings": "utf-8"}},
        {"general": {"positionEncodings": [["utf-8"]]}},
        {"general": 5},
    ],
)
@pytest.mark.parametrize("trace", ["off", "bogus"])
async def test_columns_are_counted_as_it_was_announced(capabilities: dict[str, Any], trace: str) -> None:
    server = await greeted(capabilities=capabilities, trace=trace)
    announced = initialize_result(capabilities)["capabilities"]["positionEncoding"]
    assert server.workspace.position_encoding == announced


def test_parts_that_fit_alone_and_not_together_are_left_out() -> None:
    found = readable({"a": {"x": 1, "y": 2}, "b": 3}, lambda value: value.get("a", {}) != {"x": 1, "y": 2})
    assert found.params == {"b": 3}
    assert found.left_out == ("a",)


def test_the_person_hears_of_what_is_ignored(
    write_tree: WriteTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    root = write_tree({"a.py": "def alpha(): ...\n"})
    params = {
        "capabilities": {"workspace": {"symbol": {"symbolKind": {"valueSet": [99]}}}},
        "workspaceFolders": [{"uri": root.as_uri()}, 7],
    }
    messages: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": params},
        {"method": "initialized", "params": {}},
        {"id": 2, "method": "mindgap/status", "params": {}},
    ]
    command = [sys.executable, "-m", "mindgap_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for message in messages:
            process.stdin.write(frame(message))
        process.stdin.flush()
        said: list[dict[str, Any]] = []
        while not said or said[-1].get("id") != 2 or "method" in said[-1]:
            body = read_body_at_once(cast("BinaryIO", process.stdout))
            assert body is not None
            said.append(json.loads(body))
        process.kill()
    shown = [item["params"]["message"] for item in said if item.get("method") == "window/showMessage"]
    logged = " ".join(item["params"]["message"] for item in said if item.get("method") == "window/logMessage")
    assert shown == [
        "Mindgap: `workspaceFolders[1]` in the first message of the editor does not fit the protocol; it is "
        "ignored. Check the editor's settings of Mindgap, or report this to their author."
    ]
    assert "`capabilities.workspace.symbol.symbolKind.valueSet[0]`" in logged
    (status,) = said[-1]["result"]["roots"]
    assert (status["uri"], status["name"]) == (root.as_uri(), root.name)
