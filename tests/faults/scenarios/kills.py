"""SIGKILL at every stage: what was committed stays, the next run does the rest."""

from __future__ import annotations

import pytest

from mindgap_indexer.encoding import load_static
from mindgap_indexer.errors import ModelError
from tests.fakes import make_tiny_model
from tests.faults import child
from tests.faults.child import At
from tests.faults.lab import Lab
from tests.faults.registry import Area, Run, Scenario, add, scenario

RULES = "mindgap_indexer.workspace_rules.rules:WorkspaceRules"
WRITER = "mindgap_indexer.store.writer:StoreWriter"
DATABASE = "mindgap_indexer.store.database:Database"
SAME = "the next run continues; its index equals a fresh one"

# Over an index whose files have changed: there is something to remove, to keep and to add.
_WHILE_UPDATING = {
    "scan_begins": ("at the start of the scan", At(f"{RULES}.scan")),
    "scan_ends": ("at the end of the scan", At(f"{RULES}.scan", after=True)),
    "read": ("while it reads the files", At(f"{RULES}.read", call=4)),
    "parse": ("while it parses", At("mindgap_indexer.batches:prepare_file", call=3)),
    "encode": ("while it encodes", At("tests.fakes:HashEncoder.encode_units", call=2)),
    "remove": ("before what vanished is removed", At(f"{WRITER}.remove_files")),
    "removed": ("after what vanished was removed", At(f"{WRITER}.remove_files", after=True)),
    "begin": ("at the start of a transaction", At(f"{DATABASE}.run", call=3, after=True, argument="BEGIN")),
    "write_file": ("between two files of a transaction", At(f"{WRITER}._put_file", call=2)),
    "write_units": (
        "between units and words of a batch",
        At("mindgap_indexer.store.segments:add_units", call=2),
    ),
    "write_vectors": (
        "between vectors and units of a batch",
        At(f"{WRITER}._put_vectors", call=2, after=True),
    ),
    "commit": ("just before a commit", At(f"{DATABASE}.run", call=3, argument="COMMIT")),
    "committed": ("just after a commit", At(f"{DATABASE}.run", call=3, after=True, argument="COMMIT")),
    "touch": ("before it notes what stayed the same", At(f"{WRITER}.touch_files", call=2)),
    "finish": ("while it tidies up", At(f"{WRITER}.finish")),
    "finished": (
        "before the run is marked as complete",
        At("mindgap_indexer.store.store:Store.mark_indexed"),
    ),
    "close": ("while it closes the index", At(f"{DATABASE}.close")),
}


def _killed_while_updating(moment: At) -> Run:
    def run(lab: Lab) -> None:
        lab.index()
        lab.edit()
        (lab.root / "group1/module_1.py").unlink()
        lab.write("new.py", "def newcomer():\n    return 1\n")
        lab.index_killed(moment)
        lab.index()
        lab.equals_fresh()

    return run


for _name, (_when, _moment) in _WHILE_UPDATING.items():
    add(
        Scenario(
            f"kill_{_name}", Area.KILL, f"indexing is killed {_when}", SAME, _killed_while_updating(_moment)
        )
    )


@scenario(Area.KILL, "the first indexing of a folder is killed half way", SAME)
def kill_first_index(lab: Lab) -> None:
    lab.index_killed(At(f"{WRITER}.write_files", call=3, after=True))
    kept = len(lab.content()["files"])  # type: ignore[arg-type]
    assert 0 < kept < 12
    lab.index()
    lab.equals_fresh()


@scenario(Area.KILL, "every run is killed a little later than the one before", SAME)
def kill_again_and_again(lab: Lab) -> None:
    for call in range(1, 6):
        lab.edit(version=call)
        lab.index_killed(At(f"{WRITER}._put_file", call=1 + call))
    lab.index()
    lab.equals_fresh()


@scenario(
    Area.KILL,
    "it is killed while the tables of a new index are made",
    "the next run makes them; equals fresh",
)
def kill_create_tables(lab: Lab) -> None:
    lab.index_killed(At(f"{DATABASE}.run", after=True, argument="-- One row per key"))
    lab.index()
    lab.equals_fresh()


@scenario(
    Area.KILL, "it is killed while an index of an older schema is replaced", "the next run builds it anew"
)
def kill_migration(lab: Lab) -> None:
    lab.index()
    lab.sql("PRAGMA user_version = 1")
    lab.index_killed(At("mindgap_indexer.store.database:delete_files", after=True))
    lab.index()
    lab.equals_fresh()


@scenario(
    Area.KILL,
    "it is killed while the vectors of a changed model are dropped",
    "vectors of two models never mix",
)
def kill_model_change(lab: Lab) -> None:
    lab.index()
    lab.index_killed(At(f"{DATABASE}.run", argument="DROP TABLE IF EXISTS vector"), model_seed=1)
    lab.index(model_seed=1)
    lab.equals_fresh(seed=1)


@scenario(
    Area.KILL,
    "it is killed after the vectors of a changed model were dropped",
    "the next run encodes everything with the new model",
)
def kill_after_model_change(lab: Lab) -> None:
    lab.index()
    lab.index_killed(At(f"{WRITER}.bind", after=True), model_seed=1)
    lab.index(model_seed=1)
    lab.equals_fresh(seed=1)


@scenario(Area.KILL, "the deep tier is killed while it encodes", "the next run goes on behind the last batch")
def kill_deep(lab: Lab) -> None:
    lab.index_killed(At(f"{WRITER}.write_deep", after=True), deep=True)
    lab.index(deep=True)
    lab.equals_fresh(deep=True)


@scenario(Area.KILL, "the deep tier is killed in the middle of a transaction", "nothing of the batch is kept")
def kill_deep_transaction(lab: Lab) -> None:
    lab.index()
    lab.index_killed(At(f"{WRITER}._put_vectors", after=True), deep=True)
    lab.index(deep=True)
    lab.equals_fresh(deep=True)


@scenario(Area.KILL, "an update after a change on disk is killed", SAME)
def kill_update_of_paths(lab: Lab) -> None:
    lab.index()
    lab.edit()
    paths = tuple(f"group{number % 3}/module_{number}.py" for number in range(0, 12, 2))
    run = lab.start(child.update, paths, moments=(At(f"{WRITER}._put_units", call=2),))
    assert run.wait() == -9
    lab.index()
    lab.equals_fresh()


@scenario(Area.KILL, "`mindgap clear` is killed half way", "the next run builds the index anew")
def kill_clear(lab: Lab) -> None:
    lab.index()
    run = lab.start(child.clear, moments=(At("os:unlink", call=1, after=True),))
    assert run.wait() == -9
    lab.index()
    lab.equals_fresh()


@scenario(
    Area.KILL,
    "writing a model is killed half way",
    "the model is refused with a message; writing again mends it",
)
def kill_export(lab: Lab) -> None:
    folder = lab.folder / "model"
    run = lab.start(child.export, folder, moments=(At("pathlib:Path.write_bytes", call=2),))
    assert run.wait() == -9
    with pytest.raises(ModelError, match="Install Mindgap again, or make the model again"):
        load_static(folder)
    make_tiny_model(folder)
    assert load_static(folder).dimension == 32


@scenario(
    Area.KILL,
    "the process that indexes is killed while another waits for its turn",
    "the other takes over at once",
)
def kill_holder_of_the_lock(lab: Lab) -> None:
    lab.index_killed(At(f"{WRITER}.write_files", call=2, after=True))
    assert lab.start(child.index).ok() == "ok 12"
    lab.equals_fresh()


@scenario(Area.KILL, "a process that searches is killed", "the index is as it was")
def kill_reader(lab: Lab) -> None:
    lab.index()
    moment = At("mindgap_indexer.store.reader:StoreReader.search_text", call=5)
    assert lab.start(child.search, "group", 50, moments=(moment,)).wait() == -9
    lab.edit()
    lab.index()
    lab.equals_fresh()


@scenario(
    Area.KILL,
    "a server is killed while it indexes",
    "the next server continues; its index equals a fresh one",
)
def kill_server(lab: Lab) -> None:
    server = lab.server(moments=(At(f"{WRITER}.write_files", call=3, after=True),))
    assert server.wait() == -9
    assert lab.server().until("ready")["files"] == 12
    lab.equals_fresh()


@scenario(Area.KILL, "a server gets SIGTERM while it indexes", "it ends; the next one continues")
def terminate_server(lab: Lab) -> None:
    server = lab.server(moments=(At(f"{WRITER}.write_files", call=3, after=True, action=child.terminate),))
    assert server.wait() != 0
    lab.index()
    lab.equals_fresh()
