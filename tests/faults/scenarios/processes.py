"""Several Mindgaps over one folder: one indexes, the others follow."""

from __future__ import annotations

from pathlib import Path

from tests.faults import child
from tests.faults.child import At, Wait
from tests.faults.lab import Lab, eventually
from tests.faults.registry import Area, scenario

WRITER = "mindgap_indexer.store.writer:StoreWriter"


def _held(lab: Lab, moment: str = f"{WRITER}.write_files") -> tuple[At, Path, Path]:
    """A moment at which a process waits until it is told to go on."""
    reached, go_on = lab.folder / "reached", lab.folder / "go on"
    return At(moment, Wait(reached, go_on), call=2), reached, go_on


@scenario(
    Area.PROCESSES, "two processes index at once", "one indexes, the other is told so at once; equals fresh"
)
def two_indexers(lab: Lab) -> None:
    moment, reached, go_on = _held(lab)
    first = lab.start(child.index, moments=(moment,))
    eventually(reached.exists, bool)
    message = lab.start(child.index).message()
    go_on.touch()
    assert "Another Mindgap process is indexing this folder right now" in message
    assert first.ok() == "ok 12"
    lab.equals_fresh()


@scenario(
    Area.PROCESSES,
    "searches run while another process is in the middle of a transaction",
    "none fails or waits",
)
def search_while_writing(lab: Lab) -> None:
    lab.index()
    lab.edit()
    moment, reached, go_on = _held(lab, f"{WRITER}._put_file")
    writing = lab.start(child.index, moments=(moment,))
    eventually(reached.exists, bool)
    assert lab.start(child.search, "group", 20).ok() == "ok 20"
    go_on.touch()
    writing.ok()
    lab.equals_fresh()


@scenario(
    Area.PROCESSES,
    "five processes make the index of a new folder at once",
    "each ends well or is told; equals fresh",
)
def five_at_once(lab: Lab) -> None:
    runs = [lab.start(child.index) for _ in range(5)]
    ends = [run.wait() for run in runs]
    assert 0 in ends
    for run, code in zip(runs, ends, strict=True):
        assert code == 0 or "Another Mindgap process" in run.said or "in use by another process" in run.said
    lab.equals_fresh()


@scenario(
    Area.PROCESSES,
    "two servers and a command share a folder",
    "one indexes, all find what is new; equals fresh",
)
def two_servers(lab: Lab) -> None:
    servers = [lab.server(), lab.server()]
    for server in servers:
        server.until("ready")
    lab.write("fresh.py", "def brand_new_function():\n    return 1\n")
    for server in servers:
        server.finds("brand_new_function")
    run = lab.start(child.index)
    assert run.wait() == 0 or "Another Mindgap process" in run.said
    for server in servers:
        server.bye()
    lab.equals_fresh()


@scenario(
    Area.PROCESSES, "a server starts while a command indexes", "it answers from what is there, and takes over"
)
def server_beside_indexer(lab: Lab) -> None:
    moment, reached, go_on = _held(lab)
    run = lab.start(child.index, moments=(moment,))
    eventually(reached.exists, bool)
    server = lab.server()
    status = eventually(server.status, lambda status: status.get("message"))
    assert "Another Mindgap process is indexing" in status["message"]
    assert server.search("group")["indexing"] is True
    go_on.touch()
    run.ok()
    assert server.until("ready")["files"] == 12
    server.bye()
    lab.equals_fresh()


@scenario(
    Area.PROCESSES,
    "`mindgap clear` removes an index that a server uses",
    "the server builds it anew when asked",
)
def clear_beside_server(lab: Lab) -> None:
    server = lab.server()
    server.until("ready")
    lab.start(child.clear).ok()
    assert not lab.database.exists()
    server.ask("mindgap/reindex", {})
    server.until("ready")
    server.finds("task_2_2")
    server.bye()
    lab.equals_fresh()


@scenario(Area.PROCESSES, "two processes index two folders with one cache", "neither waits for the other")
def two_folders(lab: Lab) -> None:
    other = lab.folder / "other"
    other.mkdir()
    (other / "a.py").write_text("def only_here():\n    pass\n")
    moment, reached, go_on = _held(lab)
    first = lab.start(child.index, moments=(moment,))
    eventually(reached.exists, bool)
    assert lab.start(child.index, root=other).ok() == "ok 1"
    go_on.touch()
    first.ok()
    lab.equals_fresh()


@scenario(Area.PROCESSES, "a process with another model shares the folder", "vectors of two models never mix")
def two_models(lab: Lab) -> None:
    lab.index()
    lab.start(child.index, model_seed=1).ok()
    # To the first, the words are still there, and the vectors of the other are not used.
    assert lab.start(child.search, "group", 3).ok() == "ok 3"
    lab.index()
    lab.equals_fresh()
