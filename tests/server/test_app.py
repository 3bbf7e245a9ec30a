from __future__ import annotations

import subprocess
import sys

import pytest

from mindgap_indexer.errors import MindgapError
from mindgap_server.app import serve


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.org"])
def test_listens_on_this_machine_alone(host: str) -> None:
    with pytest.raises(MindgapError, match="others could read your code"):
        serve((host, 7070))


def test_stdout_is_for_messages_alone() -> None:
    code = (
        "import os; from mindgap_server.greeting import private_stdout; print('early');"
        "channel = private_stdout(); print('print', flush=True); os.write(1, b'native');"
        "channel.write(b'message'); channel.flush()"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("early\nmessage", "print\nnative")
