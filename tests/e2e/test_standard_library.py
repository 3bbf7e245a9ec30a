"""Descriptions of what everybody knows find it in Python's own standard library, with the shipped model."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator

import pytest

from mindgap_indexer import IndexOptions, Mode, Workspace
from mindgap_indexer.paths import HOME_VARIABLE
from mindgap_indexer.types import Tier

# What is no library: tests, tools with a window, and what was installed beside it.
NOT_LIBRARY = (
    "site-packages/",
    "dist-packages/",
    "test/",
    "tests/",
    "idlelib/",
    "lib2to3/",
    "turtledemo/",
    "config-*/",
)
FIRST = 5

INSERTION = """\
lo = 0, hi = number of items
while lo < hi:
    mid = (lo + hi) / 2
    if x < items[mid]: hi = mid
    else: lo = mid + 1
insert x at position lo
"""
TOPOLOGICAL = """\
count the predecessors of every node
put the nodes without predecessors into a queue
while the queue is not empty:
    take a node and output it
    for each of its successors:
        lower its count; when it is zero put it into the queue
if nodes are left: there is a cycle
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(tmp_path_factory.mktemp("home")))
        with Workspace.open(sysconfig.get_path("stdlib"), IndexOptions(exclude=NOT_LIBRARY)) as workspace:
            workspace.index()
            yield workspace


@pytest.fixture(scope="module")
def deep_library(library: Workspace) -> Workspace:
    library.deepen()
    return library


QUESTIONS = [
    ("parse command line arguments", {"argparse.py ArgumentParser.parse_args"}),
    ("split a string like a shell would", {"shlex.py split"}),
    ("copy a whole directory tree", {"shutil.py copytree"}),
    ("wait for a coroutine but give up after a timeout", {"asyncio/tasks.py wait_for"}),
    ("remove common leading whitespace from every line", {"textwrap.py dedent"}),
    ("merge several sorted inputs into one", {"heapq.py merge"}),
    (
        "guess the mime type of a file name",
        {"mimetypes.py guess_type", "mimetypes.py MimeTypes.guess_type"},
    ),
    (INSERTION, {"bisect.py insort_right", "bisect.py insort_left"}),
    (
        TOPOLOGICAL,
        {"graphlib.py TopologicalSorter.prepare", "graphlib.py TopologicalSorter.done"},
    ),
]
# The instant tier brings it to the eighth place: it speaks of a digest and a file object, and other functions
# of the module spell sha256 and md5 out.
DIGEST = ("compute the sha256 or md5 hash of a file", {"hashlib.py file_digest"})


@pytest.mark.parametrize(("query", "targets"), QUESTIONS)
def test_a_description_finds_its_function(library: Workspace, query: str, targets: set[str]) -> None:
    hits = library.search(query, FIRST, tier=Tier.INSTANT).hits
    assert targets & {f"{hit.path} {hit.qualname}" for hit in hits}


@pytest.mark.nightly
@pytest.mark.parametrize(("query", "targets"), [*QUESTIONS, DIGEST])
def test_with_deep_vectors(deep_library: Workspace, query: str, targets: set[str]) -> None:
    hits = deep_library.search(query, FIRST, tier=Tier.DEEP).hits
    assert targets & {f"{hit.path} {hit.qualname}" for hit in hits}


def test_how_the_queries_are_read(library: Workspace) -> None:
    assert library.search(INSERTION).mode is Mode.PSEUDOCODE
    assert library.search("merge several sorted inputs into one").mode is Mode.NATURAL_LANGUAGE
