"""The client sends nonsense, too much, too early or too late, hangs, or is gone."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

from lsprotocol.types import ErrorCodes

from mindgap_server.framing import MAX_BODY
from mindgap_server.wire import Json
from tests.faults.lab import Lab, Server
from tests.faults.registry import Area, Run, Scenario, add, scenario

LIVES = "; the next request is answered"


def _still_answers(server: Server) -> None:
    assert server.ask("mindgap/status", {})["result"]["roots"][0]["state"]
    server.finds("task_1_1")


def _is_answer_or_message(answer: Json) -> bool:
    """What a person can do something with; an internal error is a fault of the server's own."""
    if "result" in answer:
        return True
    error = answer["error"]
    return bool(error["message"]) and error["code"] != ErrorCodes.InternalError.value


def _ready(lab: Lab) -> Server:
    server = lab.server()
    server.until("ready")
    return server


def _framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def _request(method: str, params: Json, msg_id: Json = "odd") -> bytes:
    return _framed(json.dumps({"jsonrpc": "2.0", "id": msg_id, "method": method, "params": params}).encode())


# What is sent, and the code of the error that it gets; None: nothing can be answered.
_NONSENSE: dict[str, tuple[str, bytes, ErrorCodes | None]] = {
    "no_json": ("a message that is no JSON", _framed(b"{not json"), ErrorCodes.ParseError),
    "no_text": ("a message that is no UTF-8", _framed(b'{"jsonrpc": "\xff\xfe"}'), ErrorCodes.ParseError),
    "deep_json": ("a message of 200,000 brackets", _framed(b"[" * 200_000), ErrorCodes.ParseError),
    "batch": ("a list of messages", _framed(b'[{"jsonrpc": "2.0", "id": 1}]'), ErrorCodes.InvalidRequest),
    "version": (
        "a message of another JSON-RPC",
        _framed(b'{"jsonrpc": "1.0", "id": 7, "method": "x"}'),
        ErrorCodes.InvalidRequest,
    ),
    "oversized": (
        "a message that is too large",
        b"Content-Length: %d\r\n\r\n%b" % (MAX_BODY + 1, b" " * (MAX_BODY + 1)),
        ErrorCodes.InvalidRequest,
    ),
    "no_length": ("a header without a length", b"Content-Type: text\r\n\r\n", None),
    "odd_length": ("lengths that are none", b"Content-Length: -5\r\n\r\nContent-Length: 9e9\r\n\r\n", None),
    "long_header": ("a header line of a megabyte", b"X" * 1_000_000 + b"\r\n\r\n", None),
    "binary": ("bytes that are no header", bytes(range(256)) * 40 + b"\r\n\r\n", None),
    "unknown_request": ("an unknown request", _request("mindgap/fly", {}), ErrorCodes.MethodNotFound),
    "unknown_notification": ("an unknown notification", _framed(b'{"jsonrpc":"2.0","method":"$/fly"}'), None),
    "search_without_query": (
        "a search without a query",
        _request("mindgap/search", {}),
        ErrorCodes.InvalidParams,
    ),
    "search_with_nothing": (
        "a search without params",
        _request("mindgap/search", None),
        ErrorCodes.InvalidParams,
    ),
    "search_of_a_number": (
        "a search with params of wrong types",
        _request("mindgap/search", {"query": 7, "limit": "many", "paths": "all", "mode": "magic"}),
        ErrorCodes.InvalidParams,
    ),
    "params_of_a_list": (
        "params that are a list",
        _request("mindgap/search", [1, 2]),
        ErrorCodes.InvalidParams,
    ),
    "symbols_without_query": (
        "a standard request with wrong params",
        _request("workspace/symbol", {"partialResultToken": 1}),
        ErrorCodes.InvalidParams,
    ),
    "command": (
        "a command that does not exist",
        _request("workspace/executeCommand", {"command": "rm", "arguments": ["-rf"]}),
        ErrorCodes.InvalidParams,
    ),
    "cancel": (
        "a cancellation of nothing",
        _framed(b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":99}}'),
        None,
    ),
    "answer": ("an answer to nothing", _framed(b'{"jsonrpc":"2.0","id":12345,"result":{}}'), None),
    "hidden": (
        "a message inside of a message",
        _request("mindgap/search", {"query": {"jsonrpc": "2.0", "id": 1, "method": "shutdown"}}),
        ErrorCodes.InvalidParams,
    ),
    "twice": (
        "a second greeting",
        _request("initialize", {"processId": None, "rootUri": None, "capabilities": 5}),
        ErrorCodes.InvalidParams,
    ),
}


def _nonsense(data: bytes, code: ErrorCodes | None) -> Run:
    def run(lab: Lab) -> None:
        server = _ready(lab)
        server.raw(data)
        if code is not None:
            answer = server.wait_for(lambda message: "error" in message)
            assert answer["error"]["code"] == code.value, answer
            assert answer["error"]["message"]
        _still_answers(server)

    return run


for _name, (_fault, _data, _code) in _NONSENSE.items():
    _promise = ("it gets an error" if _code else "it is passed over") + LIVES
    add(
        Scenario(
            f"client_{_name}", Area.CLIENT, f"the client sends {_fault}", _promise, _nonsense(_data, _code)
        )
    )


_QUERIES = {
    "empty": "   ",
    "nul": "parse\0task\0",
    "surrogates": "task \ud800 \udfff group",
    "right_to_left": "\u202eעברית \u0627\u0644\u0639\u0631\u0628\u064a\u0629 task",
    "sql": "'; DROP TABLE unit; -- \" OR 1=1",
    "full_text": 'NEAR("task" group) AND * OR ^name: {name scopes} - + "',
    "globs": "[a-z]*?{}[!] %_%",
    "long": "handle the case of a group " * 4_000,
    "one_word": "x" * 100_000,
    "signs": "!@#$%^&*()_+-=[]{}|;':\",./<>?`~\\" * 50,
    "lines": "for each task:\n" * 5_000,
    "combining": "e\u0301\u0302\u0303" * 2_000,
    "controls": "".join(map(chr, range(32))) + "\x7f\x85\u2028\u2029",
}


@scenario(
    Area.CLIENT,
    "queries hold NUL, lone surrogates, right-to-left text, SQL, full-text syntax, globs, 100,000 characters",
    "each gets an answer or a message at once",
)
def odd_queries(lab: Lab) -> None:
    server = _ready(lab)
    for query in _QUERIES.values():
        answer = server.ask("mindgap/search", {"query": query})
        assert _is_answer_or_message(answer), (query[:100], answer)
    _still_answers(server)
    server.bye()
    lab.equals_fresh()


_GLOBS = (
    "[", "!", "!/", "/", "#", " ", "", "\\", "a\\", "[]", "[!]", "[z-a]", "***", "**/**/**/**", "\0",
    "../../**", "/etc/**", "{a,b}", "\ud800", "*" * 5_000, "(" * 1_000, "[" * 1_000,
)  # fmt: skip


@scenario(
    Area.CLIENT, "filters hold odd globs, languages and kinds", "each gets an answer or a message at once"
)
def odd_filters(lab: Lab) -> None:
    server = _ready(lab)
    odd: list[Json] = [
        # One by one too: the first that is refused would hide the others.
        *({"paths": [glob]} for glob in _GLOBS),
        {"paths": list(_GLOBS)},
        {"languages": ["klingon"]},
        {"kinds": ["spell"]},
        {"limit": 10**9},
        {"rootUri": "file:///nowhere"},
        {"rootUri": "http://example.com/"},
    ]
    for params in odd:
        answer = server.ask("mindgap/search", {"query": "task", **params})
        assert _is_answer_or_message(answer), (params, answer)
    _still_answers(server)


@scenario(
    Area.CLIENT,
    "URIs name remote files, shares, files outside of the folder or nothing at all",
    "they are passed over; nothing outside is read or answered",
)
def odd_uris(lab: Lab) -> None:
    server = _ready(lab)
    (lab.folder / "outside.py").write_text("def zyqoutside():\n    return 1\n")
    uris = [
        "untitled:Untitled-1", "vscode-remote://ssh/host/a.py", "file://host/share/a.py",
        "file:////host/share/a.py", "", ":", "file:",
        f"{lab.root.as_uri()}/../outside.py", f"{lab.root.as_uri()}/%2e%2e/outside.py", "file:///%00.py",
        (lab.folder / "outside.py").as_uri(), "file:///" + "a/" * 5_000,
    ]  # fmt: skip
    for uri in uris:
        server.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 1}]})
        server.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        item = {"uri": uri, "languageId": "python", "version": 1, "text": "def zyqopened():\n    return 1\n"}
        server.notify("textDocument/didOpen", {"textDocument": item})
    assert "zyqoutside" not in server.names("zyqoutside")
    _still_answers(server)
    server.bye()
    lab.equals_fresh()


@scenario(
    Area.CLIENT, "documents change that were never opened, or close twice", "they are passed over" + LIVES
)
def odd_documents(lab: Lab) -> None:
    server = _ready(lab)
    document = {"uri": (lab.root / "group0/module_0.py").as_uri(), "version": 2}
    change = {"textDocument": document, "contentChanges": [{"text": "def changed():\n    pass\n"}]}
    changes: tuple[tuple[str, Json], ...] = (
        ("textDocument/didChange", change),
        ("textDocument/didClose", {"textDocument": document}),
        ("textDocument/didClose", {"textDocument": document}),
        ("textDocument/didChange", {"textDocument": document, "contentChanges": []}),
    )
    for method, params in changes:
        server.notify(method, params)
    _still_answers(server)


@scenario(Area.CLIENT, "a document of five megabytes is opened and changed", "it is passed over" + LIVES)
def huge_document(lab: Lab) -> None:
    server = _ready(lab)
    text = "def huge():\n    return 1\n" * 200_000
    item = {"uri": (lab.root / "huge.py").as_uri(), "languageId": "python", "version": 1, "text": text}
    server.notify("textDocument/didOpen", {"textDocument": item})
    _still_answers(server)


@scenario(
    Area.CLIENT, "options have wrong types and unknown names", "each gets a message; the defaults are used"
)
def odd_options(lab: Lab) -> None:
    server = lab.bare_server()
    server.initialize(
        lab.root,
        exclude=7,
        maxFileSize=-1,
        search={"limit": "many"},
        watch=None,
        log={"level": 3},
        magic=True,
    )
    server.wait_for(lambda message: "`maxFileSize`" in message.get("params", {}).get("message", ""))
    server.until("ready")
    _still_answers(server)


@scenario(Area.CLIENT, "a search comes before the greeting", "it gets an error; the greeting still works")
def too_early(lab: Lab) -> None:
    server = lab.bare_server()
    server.listen()
    assert "error" in server.ask("mindgap/search", {"query": "x"})
    server.initialize(lab.root)
    server.until("ready")
    _still_answers(server)


@scenario(Area.CLIENT, "a search comes after the goodbye", "it gets an error; `exit` still ends the process")
def too_late(lab: Lab) -> None:
    server = _ready(lab)
    server.ask("shutdown")
    answer = server.ask("mindgap/search", {"query": "x"})
    assert answer["error"]["code"] == ErrorCodes.InvalidRequest.value
    server.notify("exit")
    assert server.wait() == 0


@scenario(
    Area.CLIENT, "the client leaves without a goodbye", "the process ends with code 1; the index is whole"
)
def no_goodbye(lab: Lab) -> None:
    server = _ready(lab)
    server.notify("exit")
    assert server.wait() == 1
    lab.equals_fresh()


@scenario(
    Area.CLIENT, "the client hangs up in the middle of a message", "the process ends; the index is whole"
)
def hangs_up(lab: Lab) -> None:
    server = _ready(lab)
    server.raw(b"Content-Length: 1000\r\n\r\n{half")
    server.line.shutdown(socket.SHUT_WR)
    assert server.wait() == 1
    lab.equals_fresh()


@scenario(
    Area.CLIENT, "the client closes both ends while searches run", "the process ends; the index is whole"
)
def closes_the_pipe(lab: Lab) -> None:
    server = _ready(lab)
    for number in range(50):
        server.raw(_request("mindgap/search", {"query": "handle case of group"}, number))
    server.line.shutdown(socket.SHUT_RDWR)
    assert server.wait() == 1
    lab.equals_fresh()


@scenario(
    Area.CLIENT,
    "the client asks and never reads",
    "indexing goes on; when it hangs up the process ends",
    nightly=True,
)
def never_reads(lab: Lab) -> None:
    server = lab.bare_server()
    params: Json = {
        "processId": None, "rootUri": None, "capabilities": {},
        "workspaceFolders": [{"uri": lab.root.as_uri(), "name": "w"}],
    }  # fmt: skip
    server.raw(_request("initialize", params, 1))
    server.notify("initialized", {})
    server.line.setblocking(False)
    try:
        for number in range(100_000):
            server.line.send(_request("mindgap/search", {"query": "group", "snippetLines": 100}, number))
    except BlockingIOError:
        # Nobody takes anything any more.
        server.line.setblocking(True)
    lab.wait_until_indexed(12)
    server.end_line()
    server.wait()
    lab.equals_fresh()


@scenario(Area.CLIENT, "hundreds of requests come at once", "every one is answered")
def many_at_once(lab: Lab) -> None:
    server = _ready(lab)
    for number in range(300):
        server.raw(_request("mindgap/status", {}, f"r{number}"))
    for number in range(300):
        assert "result" in server.answer_to(f"r{number}")


@scenario(
    Area.CLIENT,
    "searches are cancelled as soon as they are sent",
    "each gets an answer or says that it was cancelled",
)
def cancelled_at_once(lab: Lab) -> None:
    server = _ready(lab)
    for number in range(30):
        server.raw(_request("mindgap/search", {"query": "group"}, f"c{number}"))
        server.notify("$/cancelRequest", {"id": f"c{number}"})
    for number in range(30):
        answer = server.answer_to(f"c{number}")
        assert "result" in answer or answer["error"]["code"] == -32800
    _still_answers(server)


def _folders(name: str, fault: str, promise: str, roots: Callable[[Lab], list[Path]], state: str) -> None:
    def run(lab: Lab) -> None:
        server = lab.bare_server()
        server.initialize(*roots(lab))
        status = server.until(state)
        assert state != "error" or status["message"]

    add(Scenario(f"folders_{name}", Area.CLIENT, fault, promise, run))


_folders(
    "missing", "a folder is opened that does not exist", "its state is an error with a message",
    lambda lab: [lab.folder / "nowhere"], "error",
)  # fmt: skip
_folders(
    "file", "a file is opened as a folder", "its state is an error with a message",
    lambda lab: [lab.root / "group0/module_0.py"], "error",
)  # fmt: skip
_folders(
    "twice", "a folder is opened twice, and a folder inside it", "each is indexed once",
    lambda lab: [lab.root, lab.root, lab.root / "group0"], "ready",
)  # fmt: skip
