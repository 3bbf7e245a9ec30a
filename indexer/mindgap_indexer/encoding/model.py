"""What the rest of the indexer uses: an encoder and the projection behind it, as one model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mindgap_indexer.encoding.adapted import BASE, HEADS, read_base
from mindgap_indexer.encoding.background import Background
from mindgap_indexer.encoding.cross_encoder import CrossEncoder
from mindgap_indexer.encoding.onnx_encoder import OnnxEncoder
from mindgap_indexer.encoding.onnx_model import WORDS, OnnxModel, is_onnx_model, read_onnx_model, stored_space
from mindgap_indexer.encoding.onnx_session import has_onnxruntime
from mindgap_indexer.encoding.projection import Projection
from mindgap_indexer.encoding.protocol import Encoder
from mindgap_indexer.encoding.static import StaticEncoder
from mindgap_indexer.encoding.static_model import (
    BACKGROUND,
    CONFIG,
    TABLE,
    TOKENS,
    StaticTable,
    read_extra,
    read_static_model,
)
from mindgap_indexer.encoding.token_heads import TokenHeads
from mindgap_indexer.encoding.tokens import TokenSpace
from mindgap_indexer.encoding.transformer import SentenceTransformerEncoder
from mindgap_indexer.encoding.word_pieces import Tokeniser, WordTable
from mindgap_indexer.errors import ModelError
from mindgap_indexer.types import Float32, Passage

_MODELS = Path(__file__).parents[1] / "models"
DEFAULT_MODEL = _MODELS / "static-v1"
"""The static model that is shipped."""
DEFAULT_DEEP_MODEL = _MODELS / "deep-v1"
"""The deep model that is shipped."""
SHIPPED = "default"
"""The name that options have for the deep model that is shipped."""
STATIC = "static"
"""The name that training has for the static model that is shipped."""


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """Puts questions and code into one space, where cosine means: does what you asked."""

    encoder: Encoder
    projection: Projection
    background: Background | None = None
    """Other code in the same space, to tell a near answer from what is near to every question."""
    token_heads: TokenHeads | None = None
    """Trained to compare single words; without them, these are compared as whole texts are."""
    cross: CrossEncoder | None = None
    """Reads a question together with each of the best candidates; of the deep model that ships."""
    fingerprint: str = field(init=False)
    """Short hex name of everything that the vectors depend on."""
    dimension: int = field(init=False)
    """Width of the shared space."""
    tokens: TokenSpace | None = field(init=False)
    """The words one by one, of a static model whose heads are linear."""

    def __post_init__(self) -> None:
        base, heads = self.encoder, self.projection
        if (heads.base, heads.input_dimension) != (base.fingerprint, base.dimension):
            raise ModelError(
                f"The projection was trained for encoder {heads.base} ({heads.input_dimension} dimensions), "
                f"not for {base.fingerprint} ({base.dimension}). Use the one trained for this encoder."
            )
        object.__setattr__(self, "fingerprint", heads.space)
        object.__setattr__(self, "dimension", heads.dimension)
        object.__setattr__(self, "tokens", _by_word(base, heads, self.token_heads))

    def embed_units(self, passages: Sequence[Passage]) -> Float32:
        """Unit rows (n, dimension); zero rows where there is nothing to encode."""
        return self.projection.project_units(self.encoder.encode_units(passages))

    def embed_queries(self, texts: Sequence[str]) -> Float32:
        """Unit rows (n, dimension); zero rows where there is nothing to encode."""
        return self.projection.project_queries(self.encoder.encode_queries(texts))


def _by_word(base: Encoder, heads: Projection, trained: TokenHeads | None) -> TokenSpace | None:
    if isinstance(base, StaticEncoder) and heads.is_linear:
        return TokenSpace(base.table, base.bags, trained or TokenHeads.of_projection(heads, base.table))
    return None


def load_default() -> EmbeddingModel:
    """The static model that is shipped in the package."""
    return load_static(DEFAULT_MODEL)


def load_static(folder: Path) -> EmbeddingModel:
    """A static model with its projection, checked by hash."""
    model, projection = read_static_model(folder)
    return EmbeddingModel(
        StaticEncoder(model), projection, _background(folder), _token_heads(folder, model.table)
    )


def _background(folder: Path) -> Background | None:
    data = read_extra(folder, BACKGROUND)
    return None if data is None else Background.from_bytes(data, folder / BACKGROUND)


def _token_heads(folder: Path, table: StaticTable) -> TokenHeads | None:
    data = read_extra(folder, TOKENS)
    return None if data is None else TokenHeads.from_bytes(data, table, folder / TOKENS)


def load_deep_default(threads: int | None = None) -> EmbeddingModel:
    """The deep model that is shipped in the package; needs onnxruntime, and says so where it is missing."""
    return load_onnx(DEFAULT_DEEP_MODEL, threads)


def made_by_default_deep(fingerprint: object) -> bool:
    """Whether vectors with this fingerprint are the shipped deep model's, and it can run here."""
    return has_onnxruntime() and fingerprint == stored_space(DEFAULT_DEEP_MODEL)


def load_onnx(folder: Path, threads: int | None = None) -> EmbeddingModel:
    """An ONNX encoder with its projection, checked by hash; without `threads`, on all cores."""
    model, projection = read_onnx_model(folder)
    tokeniser, words = _word_pieces(model, folder)
    cross = CrossEncoder(model.cross, tokeniser, words, threads) if model.cross else None
    return EmbeddingModel(OnnxEncoder(model, tokeniser, words, threads), projection, cross=cross)


def _word_pieces(model: OnnxModel, folder: Path) -> tuple[Tokeniser, WordTable]:
    return Tokeniser(model.tokenizer), WordTable.from_bytes(model.words, folder / WORDS)


def load_deep(model: str | None = None, revision: str | None = None) -> EmbeddingModel:
    """A deep model by name: the shipped one, a folder that `mindgap train` wrote, or any transformer."""
    if model is None or model == SHIPPED:
        return load_deep_default()
    folder = Path(model).expanduser()
    if is_onnx_model(folder):
        return load_onnx(folder)
    if is_static(folder):
        return load_static(folder)
    if (folder / BASE).is_file():
        base = read_base(folder)
        encoder = load_encoder(base.model, base.revision, base.max_tokens)
        return EmbeddingModel(encoder, Projection.load(folder / HEADS))
    return load_transformer(model, revision)


def load_transformer(
    model: str, revision: str | None = None, projection: Path | None = None
) -> EmbeddingModel:
    """A sentence-transformers model (Hugging Face id or folder) with a trained projection or none."""
    encoder = SentenceTransformerEncoder(model, revision)
    heads = (
        Projection.load(projection)
        if projection
        else Projection.identity(encoder.dimension, encoder.fingerprint)
    )
    return EmbeddingModel(encoder, heads)


def load_encoder(name: str, revision: str | None = None, max_tokens: int = 128) -> Encoder:
    """An encoder without heads; `static` and `default` are the instant and the deep one that ship."""
    shipped = {STATIC: DEFAULT_MODEL, SHIPPED: DEFAULT_DEEP_MODEL}
    folder = shipped.get(name) or Path(name).expanduser()
    if is_static(folder):
        return StaticEncoder.from_folder(folder)
    if is_onnx_model(folder):
        model, _ = read_onnx_model(folder)
        return OnnxEncoder(model, *_word_pieces(model, folder))
    return SentenceTransformerEncoder(name, revision, max_tokens=max_tokens)


def is_static(folder: Path) -> bool:
    """Whether a folder holds a static model."""
    return (folder / CONFIG).is_file() and (folder / TABLE).is_file()
