from __future__ import annotations

import contextlib
import io
import signal
import sys

import pytest

from mindgap_server.cli.terminal import (
    counted,
    interruptible,
    megabytes,
    noticing_ctrl_c,
    printable,
    printable_line,
    speak_utf8,
    write_json,
)


def test_streams_become_utf8_and_writing_never_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    speak_utf8()
    write_json({"name": "größe", "path": "a\udce9.py"})
    assert raw.getvalue() == '{"name": "größe", "path": "a\\udce9.py"}\n'.encode()


def test_input_is_read_as_utf8_without_its_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO("\N{BYTE ORDER MARK}größe".encode() + b"\xff")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(raw, encoding="ascii"))
    speak_utf8()
    assert sys.stdin.read() == "größe\N{REPLACEMENT CHARACTER}"


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert printable("a\x1b[31mb\x9b\tc\nd\x07") == "a�[31mb�\tc\nd�"


def test_ctrl_c_asks_first_and_then_ends() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interruptible() as cancelled:
        assert not cancelled()
        signal.raise_signal(signal.SIGINT)
        assert cancelled()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_numbers_in_words() -> None:
    assert counted(1, "file") == "1 file"
    assert counted(2000, "file") == "2,000 files"
    assert counted(0, "index", "indexes") == "0 indexes"
    assert megabytes(1_234_567_890) == "1,234.6 MB"


def test_a_name_stays_in_its_line() -> None:
    assert printable_line("a\nb\x07.py") == "a\\nb�.py"


def test_what_is_no_number_is_no_json() -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json({"score": float("nan")})


def test_what_swallows_ctrl_c_does_not_hide_it() -> None:
    before = signal.getsignal(signal.SIGINT)
    with noticing_ctrl_c() as came:
        assert not came()
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert came()
    assert signal.getsignal(signal.SIGINT) is before
