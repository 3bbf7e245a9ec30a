from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from mindgap_server import threads


def test_products_use_one_thread_unless_somebody_has_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    threads.one_for_products()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    threads.one_for_products()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"


def test_threads_take_turns_more_often_than_python_would_let_them() -> None:
    before = sys.getswitchinterval()
    try:
        threads.take_turns_often()
        assert sys.getswitchinterval() < before
    finally:
        sys.setswitchinterval(before)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such pools")
def test_threads_share_memory() -> None:
    code = (
        "import threading; from mindgap_server import threads; assert threads.share_memory();"
        "wait = threading.Barrier(9); kept = [];"
        "work = lambda: (kept.append([bytearray(60_000) for _ in range(20)]), wait.wait());"
        "all = [threading.Thread(target=work) for _ in range(8)]; [t.start() for t in all]; wait.wait();"
        "pools = [line for line in open('/proc/self/maps') if int(line.split('-')[0], 16) % (64 << 20) == 0];"
        "print(len(pools))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(out) <= 2
