"""A bug, wherever it is: the server lives, says so, and writes a report without code in it."""

from __future__ import annotations

from tests.faults.child import MODEL_VARIABLE, At, fail
from tests.faults.lab import Lab
from tests.faults.registry import Area, scenario


def _reports(lab: Lab) -> list[str]:
    return [file.read_text("utf-8") for file in (lab.home / "crashes").glob("*.txt")]


@scenario(
    Area.CODE,
    "indexing fails with a bug",
    "the state is an error with a message; asking again goes on; equals fresh",
)
def bug_while_indexing(lab: Lab) -> None:
    server = lab.server(moments=(At("mindgap_indexer.batches:prepare_file", fail, call=5),))
    status = server.until("error")
    assert "failed" in status["message"]
    (report,) = _reports(lab)
    assert "RuntimeError" in report
    assert "task_" not in report
    server.ask("mindgap/reindex", {})
    server.until("ready")
    server.bye()
    lab.equals_fresh()


@scenario(Area.CODE, "a search fails with a bug", "that request gets an error, the next one an answer")
def bug_while_searching(lab: Lab) -> None:
    server = lab.server(moments=(At("mindgap_indexer.search:parse_query", fail),))
    server.until("ready")
    answer = server.ask("mindgap/search", {"query": "zyqsecretquery"})
    assert "error" in answer
    assert server.names("task_1_1")
    (report,) = _reports(lab)
    assert "zyqsecretquery" not in report
    assert "zyqsecretquery" not in server.log


@scenario(
    Area.CODE, "handling a change on disk fails with a bug", "watching goes on; the next change is noticed"
)
def bug_while_following(lab: Lab) -> None:
    server = lab.server(moments=(At("mindgap_indexer.workspace:Workspace.apply", fail),))
    server.until("ready")
    lab.write("one.py", "def lost_by_the_bug():\n    pass\n")
    server.log_says("watching goes on")
    lab.write("two.py", "def noticed_again():\n    pass\n")
    server.finds("noticed_again")
    server.bye()
    lab.index()
    lab.equals_fresh()


@scenario(Area.CODE, "the model cannot be loaded", "a living server says so; searches get the message")
def model_missing(lab: Lab) -> None:
    server = lab.server(environment={MODEL_VARIABLE: "/no/such/model"})
    status = server.until("error")
    assert "cannot be read" in status["message"]
    answer = server.ask("mindgap/search", {"query": "group"})
    assert "cannot be read" in answer["error"]["message"]
