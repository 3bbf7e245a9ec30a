"""Files vanish, grow, change their kind, cannot be read, have odd names."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable

import pytest

from mindgap_indexer.errors import WorkspaceError
from tests.faults import child
from tests.faults.child import At, Change
from tests.faults.lab import Lab
from tests.faults.registry import Area, Run, Scenario, add, scenario

FILE = "group0/module_0.py"
FOLLOWS = "the next run notices; equals fresh"

_BETWEEN_SCAN_AND_READ: dict[str, tuple[str, Callable[[Lab], Change]]] = {
    "vanishes": ("a file vanishes", lambda lab: Change(lab.root / FILE, None)),
    "grows": ("a file grows", lambda lab: Change(lab.root / FILE, "def grown():\n    return 1\n" * 500)),
    "shrinks": ("a file becomes empty", lambda lab: Change(lab.root / FILE, "")),
    "too_large": ("a file grows beyond the limit", lambda lab: Change(lab.root / FILE, "# x\n" * 400_000)),
    "binary": ("a file becomes binary", lambda lab: Change(lab.root / FILE, "\0" * 5_000)),
    "folder": ("a folder takes the place of a file", lambda lab: Change(lab.root / FILE, "", kind="folder")),
    "pipe": ("a named pipe takes the place of a file", lambda lab: Change(lab.root / FILE, "", kind="pipe")),
    "link": (
        "a link out of the workspace takes the place of a file",
        lambda lab: Change(lab.root / FILE, str(_outside(lab)), kind="link"),
    ),
    "folder_vanishes": ("a whole folder vanishes", lambda lab: Change(lab.root / "group0", None)),
}


def _outside(lab: Lab) -> object:
    target = lab.folder / "outside.py"
    target.write_text("def zyqoutside():\n    return 1\n")
    return target


def _changed_under_its_feet(change: Callable[[Lab], Change]) -> Run:
    def run(lab: Lab) -> None:
        moment = At("mindgap_indexer.workspace_rules.rules:WorkspaceRules.scan", change(lab), after=True)
        lab.start(child.index, moments=(moment,)).ok()
        lab.index()
        lab.equals_fresh()
        assert "zyqoutside" not in str(lab.content()["units"])

    return run


for _name, (_fault, _change) in _BETWEEN_SCAN_AND_READ.items():
    add(
        Scenario(
            f"file_{_name}",
            Area.WORKSPACE,
            f"{_fault} between scan and read",
            "the run goes on; " + FOLLOWS,
            _changed_under_its_feet(_change),
        )
    )


@scenario(Area.WORKSPACE, "a file changes while it is read", FOLLOWS)
def file_changes_while_read(lab: Lab) -> None:
    change = Change(lab.root / FILE, "def changed_while_read():\n    return 2\n")
    moment = At("mindgap_indexer.workspace_rules.rules:read_head", change, after=True)
    lab.start(child.index, moments=(moment,)).ok()
    lab.index()
    assert "changed_while_read" in str(lab.content()["units"])
    lab.equals_fresh()


@scenario(
    Area.WORKSPACE,
    "a file may not be read",
    "it is skipped as unreadable, the rest indexed; later equals fresh",
)
def file_closed(lab: Lab) -> None:
    (lab.root / FILE).chmod(0)
    assert lab.start(child.index, powerless=True).ok() == "ok 11"
    (lab.root / FILE).chmod(0o600)
    lab.index()
    lab.equals_fresh()


@scenario(
    Area.WORKSPACE,
    "a folder may not be read",
    "it is skipped as unreadable, the rest indexed; later equals fresh",
)
def folder_closed(lab: Lab) -> None:
    (lab.root / "group0").chmod(0)
    assert lab.start(child.index, powerless=True).ok() == "ok 8"
    (lab.root / "group0").chmod(0o700)
    lab.index()
    lab.equals_fresh()


@scenario(Area.WORKSPACE, "the root may not be read", "a message; the index of before is kept")
def root_closed(lab: Lab) -> None:
    lab.index()
    lab.root.chmod(0)
    message = lab.start(child.index, powerless=True).message()
    lab.root.chmod(0o700)
    assert "cannot be read. Check that it is there and its permissions." in message
    lab.equals_fresh()


@scenario(Area.WORKSPACE, "the root vanishes", "a message, never an empty index; back again, equals fresh")
def root_vanishes(lab: Lab) -> None:
    lab.index()
    with lab.opened() as workspace:
        lab.root.rename(lab.folder / "elsewhere")
        with pytest.raises(WorkspaceError, match="cannot be read"):
            workspace.index()
        (lab.folder / "elsewhere").rename(lab.root)
    lab.equals_fresh()


@scenario(Area.WORKSPACE, "the root is renamed", "under its new name it is a new folder; equals fresh")
def root_renamed(lab: Lab) -> None:
    lab.index()
    lab.move_to(lab.root.rename(lab.folder / "renamed"))
    lab.index()
    lab.equals_fresh()


@scenario(
    Area.WORKSPACE,
    "names differ in case alone",
    "each file is indexed where the file system tells them apart",
)
def names_by_case(lab: Lab) -> None:
    lab.write("case/Name.py", "def upper_case_file():\n    pass\n")
    lab.write("case/name.py", "def lower_case_file():\n    pass\n")
    lab.index()
    (lab.root / "case/Name.py").unlink()
    lab.index()
    assert "case/name.py" in str(lab.content()["files"])
    lab.equals_fresh()


@scenario(Area.WORKSPACE, "a file is renamed to the same name in other case", FOLLOWS)
def rename_case(lab: Lab) -> None:
    path = lab.write("case/Name.py", "def renamed_file():\n    pass\n")
    lab.index()
    path.rename(path.with_name("temporary"))
    path.with_name("temporary").rename(path.with_name("name.py"))
    lab.index()
    lab.equals_fresh()


@scenario(
    Area.WORKSPACE,
    "names are no text, or full of signs",
    "what has no text for a name is skipped; equals fresh",
)
def names_odd(lab: Lab) -> None:
    for name in (b"\xff\xfe.py", b"a\nb.py", "ünï çødé.py".encode(), b"a'b\"c;--.py", b"*[x]?.py", b" .py"):
        with open(os.path.join(os.fsencode(lab.root), name), "wb") as file:
            file.write(b"def oddly_named():\n    pass\n")
    lab.index()
    assert "'a\\'b" in str(lab.content()["files"])
    lab.equals_fresh()


@scenario(Area.WORKSPACE, "links run in circles and out of the workspace", "none is followed; equals fresh")
def links(lab: Lab) -> None:
    (lab.root / "circle").symlink_to(lab.root)
    (lab.root / "up").symlink_to("..")
    (lab.root / "passwd.py").symlink_to("/etc/passwd")
    (lab.root / "dangling.py").symlink_to("nowhere.py")
    assert lab.index() == "ok 12"
    lab.equals_fresh()


@scenario(Area.WORKSPACE, "the clock goes back a day between two edits", FOLLOWS)
def clock_goes_back(lab: Lab) -> None:
    tomorrow = time.time_ns() + 86_400_000_000_000
    lab.edit()
    for path in lab.root.rglob("*.py"):
        os.utime(path, ns=(tomorrow, tomorrow))
    lab.index()
    lab.edit(version=2)
    lab.index()
    lab.equals_fresh()


@scenario(Area.WORKSPACE, "two edits of one size fall into one tick of the clock", FOLLOWS)
def same_tick(lab: Lab) -> None:
    now = time.time_ns()
    for version in ("one", "two"):
        path = lab.write("tick.py", f"def version_{version}():\n    return 0\n")
        os.utime(path, ns=(now, now))
        lab.index()
    assert "version_two" in str(lab.content()["units"])
    lab.equals_fresh()


@scenario(
    Area.WORKSPACE, "times of files are before 1970 and far in the future", "they are indexed; equals fresh"
)
def times_odd(lab: Lab) -> None:
    os.utime(lab.root / "group0/module_0.py", ns=(-(10**18), -(10**18)))
    os.utime(lab.root / "group1/module_1.py", ns=(2**62, 2**62))
    os.utime(lab.root / "group2/module_2.py", ns=(0, 0))
    lab.index()
    lab.edit()
    lab.index()
    lab.equals_fresh()


@scenario(Area.WORKSPACE, "a branch is switched there and back", "the cached vectors are used; equals fresh")
def branch_switched(lab: Lab) -> None:
    lab.index()
    for version in (1, 0, 1, 0):
        lab.edit(range(12), version)
        lab.index()
    lab.equals_fresh()


@scenario(
    Area.WORKSPACE,
    "an ignore file is binary, huge or malformed",
    "what can be read of it counts; equals fresh",
)
def ignore_files(lab: Lab) -> None:
    lab.write(".gitignore", b"\xff\xfe\0[[[\n\\\n!\n**\0**\ngroup2/\n")
    lab.write("group0/.mindgapignore", "[z-a]\n" * 2_000)
    lab.write("group1/.gitignore", "x" * 3_000_000)
    assert lab.index() == "ok 8"
    lab.equals_fresh()


@scenario(
    Area.WORKSPACE, "a file nests fifty thousand brackets", "it is cut into lines in time; equals fresh"
)
def nested(lab: Lab) -> None:
    lab.write("deep.py", "x = " + "(" * 50_000 + ")" * 50_000 + "\n")
    lab.write("deep.js", "function f() {" * 20_000)
    lab.write("deep.json.c", "{" * 60_000)
    started = time.process_time()
    lab.index()
    assert time.process_time() - started < 10
    lab.equals_fresh()


@scenario(
    Area.WORKSPACE, "a file is one line of a megabyte", "it is left out or cut up in time; equals fresh"
)
def one_line(lab: Lab) -> None:
    lab.write("line.py", "x = [" + "1," * 400_000 + "]\n")
    lab.write("line.js", "var a=1;b&&c||d;" * 50_000)
    lab.index()
    lab.equals_fresh()


@scenario(
    Area.WORKSPACE,
    "files are in UTF-16, Latin-1, with NUL or a byte order mark",
    "each is read or left out; equals fresh",
)
def encodings(lab: Lab) -> None:
    text = "def größe():\n    return 'é'\n"
    lab.write("latin.py", text.encode("latin-1"))
    lab.write("utf16.py", text.encode("utf-16"))
    lab.write("mark.py", b"\xef\xbb\xbf" + text.encode())
    lab.write("nul.py", b"def f():\n    return 1\0\n")
    lab.write("cr.py", b"def a():\r    return 1\rdef b():\r    return 2\r")
    lab.index()
    lab.equals_fresh()


@scenario(Area.WORKSPACE, "the workspace is empty", "an empty index, and an answer that says nothing fits")
def empty(lab: Lab) -> None:
    shutil.rmtree(lab.root)
    lab.root.mkdir()
    assert lab.index() == "ok 0"
    lab.equals_fresh()
