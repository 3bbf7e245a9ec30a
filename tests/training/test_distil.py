from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from mindgap_indexer.encoding import load_static
from mindgap_indexer.encoding.static_model import CONFIG, TABLE, read_static_model
from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Passage
from mindgap_training.distil import (
    Recipe,
    WordCounts,
    count_words,
    distil,
    frequent_words,
    main,
    piece_shares,
    reduce_dimension,
    teacher_pieces,
)

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused0]", "!", "é"]
PIECES = [
    *"abcdefghijklmnopqrstuvwxyz",
    *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"),
    *("sort", "list", "file", "read", "graph", "node", "of", "the"),
]
COUNTS = WordCounts(100, {"the": 80, "list": 20, "parse": 9, "iterator": 6, "rare": 1, "of": 60, "xs": 30})
RECIPE = Recipe(dimension=16, extra_words=2)


def write_tokenizer(folder: Path, kind: str = "WordPiece") -> None:
    vocabulary = {word: i for i, word in enumerate([*SPECIAL, *PIECES])}
    model = {"type": kind, "continuing_subword_prefix": "##", "vocab": vocabulary}
    (folder / "tokenizer.json").write_text(json.dumps({"model": model}), "utf-8")


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT of two thin layers, saved as sentence-transformers do."""
    pytest.importorskip("torch", reason="torch is not installed")
    pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    folder = tmp_path_factory.mktemp("teacher")
    transformers, library = import_module("transformers"), import_module("sentence_transformers")
    import_module("torch").manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(SPECIAL) + len(PIECES),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
    )
    transformers.BertModel(config).save_pretrained(folder / "bert")
    (folder / "bert" / "vocab.txt").write_text("\n".join([*SPECIAL, *PIECES]), "utf-8")
    transformers.BertTokenizerFast.from_pretrained(folder / "bert").save_pretrained(folder / "bert")
    library.SentenceTransformer(str(folder / "bert"), device="cpu").save_pretrained(str(folder / "st"))
    return folder / "st"


@pytest.fixture
def small_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spares the command the standard library."""

    def count(_: Path) -> WordCounts:
        return COUNTS

    monkeypatch.setattr("mindgap_training.distil.count_words", count)


@pytest.mark.transformers
def test_distilled_model_carries_the_teachers_words(teacher: Path, tmp_path: Path) -> None:
    from mindgap_indexer.encoding.static_model import write_static_model

    write_static_model(tmp_path, distil(teacher, COUNTS, RECIPE, {"teacher": "tiny"}))
    stored, _ = read_static_model(tmp_path)
    vocabulary = json.loads(stored.tokenizer)["model"]["vocab"]
    assert list(vocabulary) == ["[UNK]", *PIECES, "parse", "iterator"]
    assert stored.table.rows.shape == (len(vocabulary), 16)
    weights = stored.table.unit_weights
    assert weights[vocabulary["the"]] < weights[vocabulary["list"]] < weights[vocabulary["graph"]]
    assert (stored.table.query_weights <= weights).all()
    assert stored.table.rows[0].tolist() == [0] * 16
    assert stored.provenance["teacher"] == "tiny"
    model = load_static(tmp_path)
    units = model.embed_units([Passage(n, n, "", "", "") for n in ("readFile", "sort_list", "GraphNode")])
    assert (model.embed_queries(["sort the list"]) @ units.T).argmax() == 1


@pytest.mark.transformers
def test_command_gives_the_same_bytes_again(
    teacher: Path, tmp_path: Path, small_counts: None, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        arguments = ["--model", str(teacher), "--out", str(tmp_path / name), "--dimension", "8"]
        assert main(arguments) == 0
    assert "words x 8" in capsys.readouterr().out
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    config = json.loads((tmp_path / "a" / CONFIG).read_text("utf-8"))
    assert config["provenance"]["teacher"] == teacher.name
    assert str(tmp_path) not in json.dumps(config)


@pytest.mark.transformers
def test_command_says_what_is_wrong(
    teacher: Path, tmp_path: Path, small_counts: None, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["--model", str(teacher), "--out", str(out), "--dimension", "64"]) == 1
    assert "only 32 dimensions" in capsys.readouterr().err
    assert not (out / TABLE).exists()


def test_pieces_leave_out_special_tokens_signs_and_other_scripts(tmp_path: Path) -> None:
    write_tokenizer(tmp_path)
    assert teacher_pieces(tmp_path) == PIECES


def test_pieces_need_a_wordpiece_teacher(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no readable tokenizer\.json"):
        teacher_pieces(tmp_path)
    write_tokenizer(tmp_path, "BPE")
    with pytest.raises(ModelError, match="no WordPiece vocabulary"):
        teacher_pieces(tmp_path)


def test_frequent_words_are_new_long_and_frequent() -> None:
    assert frequent_words(COUNTS, PIECES, RECIPE) == ["parse", "iterator"]
    assert frequent_words(COUNTS, PIECES, Recipe(extra_words=1)) == ["parse"]
    assert frequent_words(COUNTS, PIECES, Recipe(minimum_paragraphs=7)) == ["parse"]


def test_words_are_counted_once_per_paragraph_and_not_in_tests(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def readFile():\n    read\n\nread = 1\n", "utf-8")
    for folder in ("test", "site-packages"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "b.py").write_text("read", "utf-8")
    counts = count_words(tmp_path)
    assert counts.paragraphs == 2
    assert counts.words == {"def": 1, "read": 2, "file": 1, "1": 1}


def test_shares_count_pieces_inside_words() -> None:
    shares = piece_shares(["list", "##s", "l"], WordCounts(10, {"list": 2, "lists": 3}))
    np.testing.assert_allclose(shares, [0.5, 0.3, 0])


def test_full_whitening_makes_all_components_equal() -> None:
    vectors = np.random.default_rng(0).standard_normal((500, 12)).astype(np.float32) * np.arange(1, 13)
    full = reduce_dimension(vectors.astype(np.float32), 5, 1.0)
    np.testing.assert_allclose(full.std(axis=0), 1, rtol=1e-4)
    plain = reduce_dimension(vectors.astype(np.float32), 5, 0.0)
    assert (np.diff(plain.std(axis=0)) < 0).all()
    assert plain.std(axis=0)[0] == pytest.approx(12, rel=0.1)


def test_importing_needs_no_torch() -> None:
    code = "import sys, mindgap_training.distil; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
