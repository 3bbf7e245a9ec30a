"""The lock between processes."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mindgap_indexer.errors import StoreError
from mindgap_indexer.store.lock import ProcessLock

HOLD = (
    "import sys; from pathlib import Path; from mindgap_indexer.store.lock import ProcessLock;"
    "lock = ProcessLock(Path(sys.argv[1])); print(lock.acquire(), flush=True); sys.stdin.read()"
)


def test_one_holds_it_at_a_time(tmp_path: Path) -> None:
    one, other = ProcessLock(tmp_path / "lock"), ProcessLock(tmp_path / "lock")
    assert one.acquire()
    assert not other.acquire()
    one.release()
    assert other.acquire()
    other.release()
    other.release()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no modes")
def test_its_file_is_private(tmp_path: Path) -> None:
    lock = ProcessLock(tmp_path / "lock")
    assert lock.acquire()
    assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o600
    lock.release()


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        assert not ProcessLock(path).acquire()
        holder.kill()
        holder.wait()
    lock = ProcessLock(path)
    assert lock.acquire()
    lock.release()


def test_says_what_to_do_where_there_can_be_no_lock(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="MINDGAP_HOME"):
        ProcessLock(tmp_path / "missing" / "lock").acquire()
