from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from mindgap_indexer.encoding import EmbeddingModel, load_deep_default
from mindgap_indexer.errors import Cancelled, ModelError, QueryError
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.types import Filters, Hit, Kind, Mode, Tier
from mindgap_indexer.workspace import Workspace
from tests.conftest import WriteTree
from tests.fakes import hash_model

TREE = {
    "net/retry.py": (
        "def call_with_backoff(function, attempts=5):\n"
        '    """Retry a failing call, waiting twice as long after each attempt."""\n'
        "    delay = 1\n"
        "    for attempt in range(attempts):\n"
        "        try:\n"
        "            return function()\n"
        "        except ConnectionError:\n"
        "            sleep(delay)\n"
        "            delay = delay * 2\n"
        "    raise TimeoutError\n"
    ),
    "net/cookies.py": "class CookieJar:\n    def store(self, cookie):\n        self.all.append(cookie)\n",
    "tests/test_retry.py": "def test_retry_waiting_twice():\n    call_with_backoff(fail_twice)\n",
    "web/time.ts": "export function formatDuration(ms: number): string {\n  return `${ms / 1000}s`;\n}\n",
    "copy/cookies.py": "class CookieJar:\n    def store(self, cookie):\n        self.all.append(cookie)\n",
    "text/textwrap2.py": "def dedent(text):\n    return text\n\n\ndef indent(text):\n    return text\n",
}


@pytest.fixture
def workspace(write_tree: WriteTree) -> Iterator[Workspace]:
    """With the shipped model: the ranking is trained for what it says."""
    with Workspace.open(write_tree(TREE)) as opened:
        opened.index()
        yield opened


def first(workspace: Workspace, query: str, **options: object) -> Hit:
    return workspace.search(query, **options).hits[0]  # type: ignore[arg-type]


def test_the_name_of_a_language_tells_the_instant_model_nothing(workspace: Workspace) -> None:
    """It has no order, and “python” would be as much of the question as “retry”."""
    workspace.use_deep(hash_model(seed=3))
    workspace.deepen()
    plain, placed = (
        workspace.searcher(Tier.DEEP).gather(text, tier=Tier.DEEP).evidence
        for text in ("retry a failing call", "python retry a failing call")
    )
    assert placed.semantic == plain.semantic
    assert placed.deep != plain.deep


def test_a_description_finds_its_function(workspace: Workspace) -> None:
    result = workspace.search("try again after a failure and wait longer each attempt")
    assert result.mode is Mode.NATURAL_LANGUAGE
    assert not result.abstained
    hit = result.hits[0]
    assert (hit.path, hit.qualname, hit.start_line, hit.end_line) == (
        "net/retry.py", "call_with_backoff", 1, 10,
    )  # fmt: skip
    assert [hit.rank for hit in result.hits] == list(range(1, len(result.hits) + 1))
    assert [hit.score for hit in result.hits] == sorted((h.score for h in result.hits), reverse=True)


def test_pseudocode_finds_its_function(workspace: Workspace) -> None:
    query = "delay = 1\nfor each attempt:\n  try to call function\n  on error: sleep delay, delay = delay * 2"
    result = workspace.search(query)
    assert result.mode is Mode.PSEUDOCODE
    assert result.hits[0].qualname == "call_with_backoff"


@pytest.mark.parametrize("query", ["formatDuration", "format_duration", "formtDuraton", "durationFormat"])
def test_symbols_are_found_misspelt_and_re_ordered(workspace: Workspace, query: str) -> None:
    result = workspace.search(query)
    assert result.mode is Mode.SYMBOL
    assert result.hits[0].name == "formatDuration"


def test_an_exact_symbol_comes_first(workspace: Workspace) -> None:
    assert [hit.name for hit in workspace.search("dedent", 2).hits] == ["dedent", "indent"]


def test_features_explain_the_score(workspace: Workspace) -> None:
    hit = first(workspace, "retry a failing call")
    assert hit.features["lexical"] > 0
    assert hit.features["semantic"] > 0


def test_copies_of_one_content_stand_behind(workspace: Workspace) -> None:
    hits = {hit.path: hit for hit in workspace.search("CookieJar.store").hits if hit.name == "store"}
    assert hits["net/cookies.py"].score < hits["copy/cookies.py"].score


@pytest.mark.parametrize(
    ("query", "name"), [("Отправить письмо пользователю", "send_mail"), ("解析配置文件", "read_config")]
)
def test_questions_in_scripts_that_the_model_does_not_know(
    write_tree: WriteTree, query: str, name: str
) -> None:
    code = {
        "send_mail": "Отправить письмо пользователю.",
        "read_config": "解析配置文件并返回字典",
        "sum_rows": "Sum the rows of a table.",
    }
    root = write_tree({f"{n}.py": f'def {n}(x):\n    """{doc}"""\n    return x\n' for n, doc in code.items()})
    with Workspace.open(root) as workspace:
        workspace.index()
        found = workspace.search(query)
        assert not found.abstained
        assert (found.hits[0].name, found.hits[0].confidence) == (name, "high")
        assert workspace.search("Удалить корзину").abstained


def test_filters(workspace: Workspace) -> None:
    def paths(filters: Filters) -> set[str]:
        return {hit.path for hit in workspace.search("store format retry cookie", filters=filters).hits}

    assert paths(Filters(languages=("typescript",))) == {"web/time.ts"}
    assert paths(Filters(paths=("net/*.py",))) == {"net/retry.py", "net/cookies.py"}
    assert paths(Filters(paths=("net/", "!net/retry.py"))) == {"net/cookies.py"}
    assert paths(Filters(paths=("net", "!cookies.py"))) == {"net/retry.py"}
    assert paths(Filters(paths=("*.py", "!/net/", "!te*/"))) == {"copy/cookies.py"}
    assert paths(Filters(kinds=(Kind.CLASS,))) == {"net/cookies.py", "copy/cookies.py"}


def test_nothing_left_by_the_filters_abstains(workspace: Workspace) -> None:
    result = workspace.search("retry", filters=Filters(paths=("nowhere/",)))
    assert (result.abstained, result.hits) == (True, ())


@pytest.mark.parametrize("glob", ["!", "", "/", "a\\", "[a", "# a"])
def test_a_path_pattern_that_matches_nothing_is_an_error(workspace: Workspace, glob: str) -> None:
    with pytest.raises(QueryError, match="can match nothing"):
        workspace.search("retry", filters=Filters(paths=("net/", glob)))


def test_a_path_pattern_of_many_stars_takes_no_time(workspace: Workspace, write_tree: WriteTree) -> None:
    write_tree({f"{'a' * 60}.py": "def retry():\n    return 1\n"})
    workspace.index()
    assert workspace.search("retry", filters=Filters(paths=("a*" * 20 + "b",))).hits == ()


def test_an_unknown_language_is_an_error(workspace: Workspace) -> None:
    with pytest.raises(QueryError, match=r"Unknown language klingon\. Known are: .*python"):
        workspace.search("retry", filters=Filters(languages=("klingon",)))


def test_strange_words_abstain_and_show_few_near_misses(workspace: Workspace) -> None:
    result = workspace.search("synchronise quarterly ledgers with zeppelin telemetry")
    assert result.abstained
    assert len(result.hits) == 5


def test_an_unindexed_workspace_is_indexed_by_its_first_search(write_tree: WriteTree) -> None:
    with Workspace.open(write_tree(TREE), model=hash_model()) as workspace:
        assert first(workspace, "retry a failing call").name == "call_with_backoff"


def test_limit(workspace: Workspace) -> None:
    assert len(workspace.search("store a cookie", 2).hits) == 2


def test_a_cancelled_search_stops(workspace: Workspace) -> None:
    with pytest.raises(Cancelled):
        workspace.search("retry", cancelled=lambda: True)


def test_the_deep_tier_is_used_where_it_is(workspace: Workspace) -> None:
    with pytest.raises(QueryError, match="no deep vectors"):
        workspace.search("retry", tier=Tier.DEEP)
    workspace.use_deep(hash_model(seed=3))
    workspace.deepen()
    for tier in (Tier.DEEP, Tier.AUTO):
        assert first(workspace, "retry a failing call", tier=tier).features["deep"] > 0
    assert "deep" not in first(workspace, "retry a failing call", tier=Tier.INSTANT).features


@pytest.fixture(scope="module")
def shipped() -> EmbeddingModel:
    return load_deep_default()


def test_the_best_are_read_by_the_cross_encoder(workspace: Workspace, shipped: EmbeddingModel) -> None:
    query = "retry a failing call"
    workspace.use_deep(dataclasses.replace(shipped, cross=None))
    workspace.deepen()
    assert not is_read(workspace, query)
    assert all(math.isnan(logit) for logit in logits(workspace, shipped, query).values()), "nothing is kept"


def test_each_content_is_kept_as_the_cross_encoder_reads_it(
    workspace: Workspace, shipped: EmbeddingModel
) -> None:
    query = "retry a failing call"
    workspace.use_deep(shipped)
    workspace.deepen()
    read = logits(workspace, shipped, query)
    assert read["call_with_backoff"] > max(read["dedent"], read["CookieJar"]) + 1
    assert is_read(workspace, query)
    assert not is_read(workspace, query, tier=Tier.INSTANT)
    assert not is_read(workspace, "CookieJar"), "a name is not read"


def test_unsaved_text_is_read_as_it_is(workspace: Workspace, shipped: EmbeddingModel) -> None:
    query = "store a cookie on the disk"
    workspace.use_deep(shipped)
    workspace.deepen()
    before = logits(workspace, shipped, query)["store"]
    text = "class CookieJar:\n    def store(self, cookie):\n        disk.write_cookie(cookie)\n"
    workspace.set_overlay("net/cookies.py", text.encode())
    workspace.set_overlay("copy/cookies.py", text.encode())
    assert logits(workspace, shipped, query)["store"] > before + 0.5


def is_read(workspace: Workspace, query: str, tier: Tier = Tier.AUTO) -> bool:
    return any("cross" in hit.features for hit in workspace.search(query, tier=tier).hits)


def logits(workspace: Workspace, deep: EmbeddingModel, query: str) -> dict[str, float]:
    """What a cross-encoder says of all candidates, by name."""
    workspace.use_deep(deep)
    gathered = workspace.prospects(query, tier=Tier.DEEP).gathered
    assert gathered.cross is not None
    said = gathered.cross(gathered.candidates).tolist()
    return {item.name: logit for item, logit in zip(gathered.candidates, said, strict=True)}


def test_a_deep_model_that_is_missing_is_an_error(workspace: Workspace, tmp_path: Path) -> None:
    options = IndexOptions(deep_model=str(tmp_path / "nowhere"))
    with Workspace.open(workspace.root, options, hash_model()) as other, pytest.raises(ModelError):
        other.deepen()


@pytest.mark.parametrize(
    "query",
    [
        "a OR",
        "NEAR(a",
        "x*",
        "^y",
        "col:z",
        "'; DROP TABLE unit; --",
        "a\0b",
        "(((a",
        "ü " * 5_000,
        "x " * 50_000,
    ],
)
def test_no_query_breaks_the_search(workspace: Workspace, query: str) -> None:
    assert workspace.search(query).query == query
    assert workspace.status().units == 9
