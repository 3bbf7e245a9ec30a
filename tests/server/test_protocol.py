from __future__ import annotations

import importlib.metadata
from enum import StrEnum
from typing import get_args

import pytest

import mindgap_server
from mindgap_indexer.types import Confidence, Kind, Mode, Tier
from mindgap_server import protocol
from mindgap_server.session import State


@pytest.mark.parametrize(
    ("names", "values"),
    [
        (protocol.ModeName, Mode),
        (protocol.TierName, Tier),
        (protocol.KindName, Kind),
        (protocol.ConfidenceName, Confidence),
        (protocol.StateName, State),
    ],
)
def test_enumerations_are_those_of_the_indexer(names: object, values: type[StrEnum]) -> None:
    assert list(get_args(names)) == [item.value for item in values]


def test_version_is_that_of_the_distribution() -> None:
    assert mindgap_server.__version__ == importlib.metadata.version("mindgap")
