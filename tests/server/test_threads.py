from __future__ import annotations

import os
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
