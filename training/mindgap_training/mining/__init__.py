"""Pairs from source code: what a doc comment says, and the function that it stands at."""

from mindgap_training.mining.manifest import Manifest, Package, Registry, read_manifest
from mindgap_training.mining.mine import Mined, mine_files, mine_folder, mine_package

__all__ = [
    "Manifest",
    "Mined",
    "Package",
    "Registry",
    "mine_files",
    "mine_folder",
    "mine_package",
    "read_manifest",
]
