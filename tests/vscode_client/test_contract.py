"""The extension and the server agree: messages, and settings with their defaults."""

from __future__ import annotations

from scripts.protocol_ts import TARGET, render


def test_the_messages_are_the_servers() -> None:
    assert TARGET.read_text("utf-8") == render(), "run `python scripts/protocol_ts.py`"
