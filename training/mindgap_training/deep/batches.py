"""Batches that depend on the seed and the step alone, mixed of all sources and of one package."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from mindgap_indexer.encoding.tensors import short_hash
from mindgap_training.deep.near import Nearest
from mindgap_training.deep.samples import Sample
from mindgap_training.errors import TrainingDataError


@dataclass(frozen=True, slots=True)
class Mix:
    """What a batch is made of."""

    batch: int = 96
    package_share: float = 0.4
    """Part of a batch that comes from one package, so that wrong answers are near."""
    smallest_package: int = 12
    """Groups with fewer samples give no such part."""
    near_of: tuple[str, ...] = ()
    """Sources of which samples that are easily taken for it come with each that is drawn …"""
    near: int = 3
    """… so many …"""
    nearest: int = 24
    """… by chance out of this many."""


class Batches:
    """Draws batches from sources by their weights."""

    def __init__(
        self,
        sources: Mapping[str, Sequence[Sample]],
        weights: Mapping[str, float],
        mix: Mix,
        seed: int,
        nearest: Nearest | None = None,
    ) -> None:
        self._sources = {name: samples for name, samples in sources.items() if samples}
        if not self._sources:
            raise TrainingDataError(
                "There are no pairs to tune on. Give files with --pairs or sets with --data."
            )
        self._names = list(self._sources)
        self._weights = [weights.get(name, 1.0) for name in self._names]
        self._mix, self._seed, self._nearest = mix, seed, nearest or {}
        self.fingerprint = fingerprint(self._sources, weights, [self._nearest])
        groups: defaultdict[str, list[Sample]] = defaultdict(list)
        for samples in self._sources.values():
            for sample in samples:
                groups[sample.group].append(sample)
        self._packages = [group for group in groups.values() if len(group) >= mix.smallest_package]
        # The root keeps a giant package from being every second batch.
        self._package_weights = [len(package) ** 0.5 for package in self._packages]

    def batch(self, step: int) -> list[Sample]:
        """Distinct samples for one step."""
        random = Random(f"{self._seed}/{step}")
        chosen: dict[int, Sample] = {}
        if self._packages:
            (package,) = random.choices(self._packages, self._package_weights)
            count = min(len(package), round(self._mix.batch * self._mix.package_share))
            chosen = {id(sample): sample for sample in random.sample(package, count)}
        tries = 20 * self._mix.batch
        while len(chosen) < self._mix.batch and (tries := tries - 1):
            (name,) = random.choices(self._names, self._weights)
            place = random.randrange(len(self._sources[name]))
            for sample in (self._sources[name][i] for i in (place, *self._near(name, place, random))):
                chosen[id(sample)] = sample
        return list(chosen.values())[: self._mix.batch]

    def _near(self, name: str, place: int, random: Random) -> list[int]:
        near: list[int] = self._nearest[name][place].tolist() if name in self._nearest else []
        return random.sample(near, min(self._mix.near, len(near)))


def fingerprint(
    sources: Mapping[str, Sequence[Sample]], weights: Mapping[str, float], nearest: Sequence[Nearest]
) -> str:
    """Names what is drawn from: sources, their weights and sizes, what is near in them."""
    return short_hash(
        [
            *(f"{name} {weights.get(name, 1.0)} {len(rows)}" for name, rows in sources.items()),
            *(places.tobytes() for near in nearest for own in near.values() for places in own),
        ]
    )
