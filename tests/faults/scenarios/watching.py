"""Events do not come, come late, come by the hundred thousand; the index follows all the same."""

from __future__ import annotations

import errno
import shutil

from tests.faults.child import At, Failure, nothing
from tests.faults.lab import DEADLINE, Lab, Server
from tests.faults.registry import Area, scenario

SOURCE = "mindgap_indexer.watching.sources:InotifySource"
NEW = "def brand_new_function():\n    return 1\n"


def _following(lab: Lab, *moments: At) -> Server:
    server = lab.server(moments=moments)
    server.until("ready")
    return server


def _and_equals_fresh(lab: Lab, server: Server) -> None:
    # Before goodbye, which ends what is under way.
    lab.equals_fresh(patience=DEADLINE)
    server.bye()


@scenario(
    Area.WATCH,
    "the system has no watches left",
    "a message says how to raise the limit; changes are found by looking",
)
def no_watches(lab: Lab) -> None:
    server = _following(lab, At(f"{SOURCE}.__init__", Failure(errno.ENOSPC)))
    assert "raise fs.inotify.max_user_watches" in server.log
    lab.write("new.py", NEW)
    server.finds("brand_new_function")
    _and_equals_fresh(lab, server)


@scenario(
    Area.WATCH, "the watches run out when a folder is added", "changes are found by looking from then on"
)
def watches_run_out(lab: Lab) -> None:
    server = _following(lab)
    server.bye()
    server = _following(lab, At(f"{SOURCE}._watch_below", Failure(errno.ENOSPC)))
    lab.write("added/new.py", NEW)
    server.ask("mindgap/reindex", {})
    server.finds("brand_new_function")
    _and_equals_fresh(lab, server)


@scenario(
    Area.WATCH,
    "no events come at all (network mounts)",
    "what the client reports, and reindexing, bring it up to date",
)
def no_events(lab: Lab) -> None:
    server = _following(lab, At(f"{SOURCE}.on_event", nothing, instead=True))
    path = lab.write("new.py", NEW)
    server.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": path.as_uri(), "type": 1}]})
    server.finds("brand_new_function")
    lab.write("more.py", NEW.replace("brand_new", "second_new"))
    server.ask("mindgap/reindex", {})
    server.finds("second_new_function")
    _and_equals_fresh(lab, server)


@scenario(
    Area.WATCH, "one file is written a thousand times in a row", "the last version is the one that is found"
)
def one_file_often(lab: Lab) -> None:
    server = _following(lab)
    for number in range(1_000):
        lab.write("often.py", f"def version_{number}():\n    return {number}\n")
    server.finds("version_999")
    _and_equals_fresh(lab, server)


@scenario(
    Area.WATCH,
    "two thousand files appear and most of them vanish at once",
    "what is left is indexed; equals fresh",
)
def many_files(lab: Lab) -> None:
    server = _following(lab)
    for number in range(2_000):
        lab.write(f"storm/s{number % 50}/f{number}.py", f"def storm_{number}():\n    pass\n")
    for number in range(50):
        if number != 49:
            shutil.rmtree(lab.root / f"storm/s{number}")
    server.finds("storm_1999")
    server.ask("mindgap/reindex", {})
    server.until("ready")
    _and_equals_fresh(lab, server)


@scenario(
    Area.WATCH,
    "a client reports 100,000 changes in one message",
    "the workspace is scanned once instead; answers go on",
)
def hundred_thousand_events(lab: Lab) -> None:
    server = _following(lab)
    path = lab.write("new.py", NEW)
    uris = [f"{lab.root.as_uri()}/storm/file{number}.py" for number in range(100_000)]
    changes = [{"uri": uri, "type": 2} for uri in (*uris, path.as_uri())]
    server.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    assert server.names("task_1_1")
    server.finds("brand_new_function")
    _and_equals_fresh(lab, server)


@scenario(
    Area.WATCH, "a folder is moved into the workspace with all its files", "they are found; equals fresh"
)
def folder_moved_in(lab: Lab) -> None:
    server = _following(lab)
    (lab.folder / "made/inner").mkdir(parents=True)
    (lab.folder / "made/inner/new.py").write_text(NEW)
    (lab.folder / "made").rename(lab.root / "made")
    server.finds("brand_new_function")
    _and_equals_fresh(lab, server)


@scenario(
    Area.WATCH,
    "a folder is replaced by a link out of the workspace",
    "its files leave the index; equals fresh",
)
def folder_becomes_link(lab: Lab) -> None:
    server = _following(lab)
    (lab.root / "group0").rename(lab.folder / "away")
    (lab.root / "group0").symlink_to(lab.folder / "away")
    # A hit whose file is out of reach is not shown even before the index follows, which this waits for.
    lab.write("new.py", NEW)
    server.finds("brand_new_function")
    server.loses("task_0_0")
    _and_equals_fresh(lab, server)


@scenario(Area.WATCH, "git left its lock behind", "changes are noticed all the same")
def git_lock(lab: Lab) -> None:
    lab.write(".git/HEAD", "ref: refs/heads/main\n")
    lab.write(".git/index.lock", "")
    server = _following(lab)
    lab.write("new.py", NEW)
    server.finds("brand_new_function")
    _and_equals_fresh(lab, server)


@scenario(
    Area.WATCH, "an ignore file appears and vanishes", "what it leaves out goes and comes back; equals fresh"
)
def ignore_file_comes_and_goes(lab: Lab) -> None:
    server = _following(lab)
    lab.write(".mindgapignore", "group0/\n")
    server.loses("task_0_0")
    (lab.root / ".mindgapignore").unlink()
    server.finds("task_0_0")
    _and_equals_fresh(lab, server)


@scenario(
    Area.WATCH,
    "the watched root is renamed and comes back",
    "the index is kept; reindexing goes on; equals fresh",
)
def watched_root_renamed(lab: Lab) -> None:
    server = _following(lab)
    lab.root.rename(lab.folder / "elsewhere")
    assert server.ask("mindgap/search", {"query": "group"})
    (lab.folder / "elsewhere").rename(lab.root)
    lab.write("new.py", NEW)
    server.ask("mindgap/reindex", {})
    server.finds("brand_new_function")
    _and_equals_fresh(lab, server)


@scenario(
    Area.WATCH, "the watched root is removed and made anew", "reindexing finds what is new; equals fresh"
)
def root_made_anew(lab: Lab) -> None:
    server = _following(lab)
    shutil.rmtree(lab.root)
    lab.root.mkdir()
    lab.write("new.py", NEW)
    server.ask("mindgap/reindex", {})
    server.finds("brand_new_function")
    _and_equals_fresh(lab, server)
