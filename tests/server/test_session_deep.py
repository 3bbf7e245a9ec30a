"""The deep tier of a session: it follows the index, can be paused, and may be missing."""

from __future__ import annotations

from mindgap_indexer.errors import ModelError
from mindgap_server.options import ServerOptions
from mindgap_server.session import Session, State
from tests.conftest import WriteTree
from tests.server.session_fakes import PARSE, SORT, DeepOpener, ask, eventually, names, started, wait_for

DEEP = ServerOptions(deep_model="some/model")


def deep_coverage(session: Session) -> float:
    index = session.status()[0].index
    return index.deep_coverage if index else 0.0


def test_the_deep_tier_follows_the_index_and_the_changes(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": PARSE})
    with started(root, options=DEEP, opener=DeepOpener()) as (session, reporter):
        eventually(lambda: deep_coverage(session) == 1.0)
        wait_for(session, State.READY)
        assert [bar.title for bar in reporter.bars] == ["Indexing workspace", "Deep tier of workspace"]
        # The vectors are there a moment before the bar says so.
        eventually(lambda: reporter.bars[1].reports[-1] == (100, "1 of 1 units"))
        assert names(ask(session, "parse_config", tier="deep")) == ["parse_config"]
        write_tree({"b.py": SORT})
        eventually(
            lambda: names(ask(session, "sort_list"))[0] == "sort_list" and deep_coverage(session) == 1.0
        )
        assert len(reporter.bars) == 2


def test_without_the_deep_model_the_instant_tier_answers(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": PARSE})
    with started(root, options=DEEP, opener=DeepOpener()) as (session, _):
        eventually(lambda: deep_coverage(session) == 1.0)
    opener = DeepOpener(ModelError("There is no such model. Check `deepModel`."))
    with started(root, options=DEEP, opener=opener) as (session, reporter):
        eventually(lambda: session.status()[0].message == "There is no such model. Check `deepModel`.")
        assert session.status()[0].state is State.READY
        assert reporter.complaints == ["There is no such model. Check `deepModel`."]
        assert names(ask(session, "parse_config")) == ["parse_config"]


def test_a_paused_deep_tier_leaves_a_ready_index(write_tree: WriteTree) -> None:
    opener = DeepOpener(hold=True)
    with started(write_tree({"a.py": PARSE}), options=DEEP, opener=opener) as (session, reporter):
        eventually(lambda: session.status()[0].progress.stage == "deep")
        assert session.status()[0].state is State.READY
        reporter.bars[1].cancel()
        eventually(lambda: session.status()[0].message is not None)
        (report,) = session.status()
        assert report.message == "The deep tier was paused at 0 of 1. Reindex to resume."
        assert report.state is State.READY
        opener.hold = False
        session.reindex()
        eventually(lambda: deep_coverage(session) == 1.0)
