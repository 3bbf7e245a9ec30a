"""Questions, each with the unit that answers it and some that are easily taken for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from mindgap_training.deep.batches import fingerprint
from mindgap_training.deep.near import Nearest
from mindgap_training.deep.samples import Sample
from mindgap_training.errors import TrainingDataError


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with its answer, and samples whose units do not answer it."""

    right: Sample
    wrong: Sequence[Sample]
    source: str
    """Name of the source that it is drawn from."""


_OTHER_LISTS = 0.3
"""Where the nearest are drawn most often, so many come from any list, all others from the first …"""
_MEAN_PLACE = 3.0
"""… and their places in it are exponentially distributed around this."""


class Choices:
    """Draws from sources by their weights; wrong answers come from any of several lists of what is near.

    With `nearest_first`, most often from the first list, and from the beginning of each.
    """

    def __init__(
        self,
        sources: Mapping[str, Sequence[Sample]],
        weights: Mapping[str, float],
        nearest: Sequence[Nearest],
        wrong: int,
        *,
        nearest_first: bool = False,
    ) -> None:
        self._sources, self._nearest, self._wrong = sources, nearest, wrong
        self._nearest_first = nearest_first
        self._names = list(sources)
        self._weights = [weights.get(name, 1.0) for name in self._names]
        self._asked = {name: self._with_wrong(name) for name in self._names}
        """Of each source, the places of samples that may be drawn: those that something is near."""
        self.fingerprint = fingerprint(sources, weights, nearest)

    def draw(self, random: Random) -> Choice:
        """One question of one source."""
        (name,) = random.choices(self._names, self._weights)
        samples, place = self._sources[name], random.choice(self._asked[name])
        wrong = self._near(name, place, random)
        while len(wrong) < self._wrong:
            other = random.randrange(len(samples) - 1)
            wrong.append(other + (other >= place))
        return Choice(samples[place], [samples[i] for i in wrong], name)

    def _near(self, name: str, place: int, random: Random) -> list[int]:
        lists: list[list[int]] = [near[name][place].tolist() for near in self._nearest]
        found: list[int] = []
        while len(found) < self._wrong and (left := [near for near in lists if near]):
            if self._nearest_first:
                near = left[0] if random.random() >= _OTHER_LISTS else random.choice(left)
                place_in_list = min(int(random.expovariate(1 / _MEAN_PLACE)), len(near) - 1)
            else:
                near = random.choice(left)
                place_in_list = random.randrange(len(near))
            chosen = near.pop(place_in_list)
            if chosen not in found:
                found.append(chosen)
        return found

    def _with_wrong(self, name: str) -> list[int]:
        places = range(len(self._sources[name]))
        found = [i for i in places if any(near[name][i].size for near in self._nearest)]
        if not found:
            raise TrainingDataError(
                f"No question of {name} has a wrong answer near it that could be told from the right one. "
                "Give it more pairs of one language, or leave it out."
            )
        return found
