"""The page of faults is made from the scenarios, and says what they say."""

from __future__ import annotations

from tests.faults.registry import SCENARIOS
from tests.faults.table import FILE, page


def test_page_is_up_to_date() -> None:
    assert FILE.read_text("utf-8") == page(SCENARIOS.values()), "run: python -m tests.faults.table"
