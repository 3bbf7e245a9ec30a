"""Every error that training raises on purpose.

MindgapError
└── TrainingError           making or measuring a model failed
    ├── TrainingDataError   a corpus is missing, empty or damaged
    ├── ManifestError       a manifest of packages cannot be understood
    └── PackageError        a package cannot be fetched or unpacked

Each message is one or two sentences for the person at the keyboard: what happened, then what to do.
"""

from __future__ import annotations

from mindgap_indexer.errors import MindgapError


class TrainingError(MindgapError):
    """Making or measuring a model failed."""


class TrainingDataError(TrainingError):
    """A corpus is missing, empty or damaged."""


class ManifestError(TrainingError):
    """A manifest of packages cannot be understood."""


class PackageError(TrainingError):
    """A package cannot be fetched or unpacked."""
