"""Which of the runs are played: those with a tag, or one share of all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hil.errors import UsageError
from hil.nearest import nearest
from hil.scenario.model import Scenario

T = TypeVar("T")

MAX_SHARDS = 1000


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several machines that share the runs: the ``number``-th, counted from 1, of ``of``."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Of ``1/4``. Raises `ValueError` that says what is wrong."""
        found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text)
        if found is None:
            raise ValueError(f"{text!r} is no shard: the first of four is 1/4")
        number, of = int(found[1]), int(found[2])
        if not 1 <= number <= of <= MAX_SHARDS:
            raise ValueError(
                f"there is no shard {number} of {of}: they count from 1, and are at most {MAX_SHARDS}"
            )
        return cls(number, of)

    def share(self, all_: Sequence[T]) -> list[T]:
        """This shard's part. Every one is in exactly one shard, and shards differ by one at most.

        Neighbours go to different shards: files of one subject, which take alike long, are spread.
        """
        return list(all_[self.number - 1 :: self.of])


@dataclass(frozen=True, slots=True)
class Choice:
    """What is left of all runs. A run counts by its tags, and by the ids of the client profile that it shows."""

    only: tuple[str, ...] = ()
    """A run has one of these, when there are any."""
    without: tuple[str, ...] = ()
    """A run has none of these."""
    shard: Shard | None = None

    def of(self, scenarios: Iterable[Scenario]) -> list[Scenario]:
        """What is left, in the same order. Raises `UsageError` for a word that no run has, or when none is left
        but for the share of others."""
        all_ = list(scenarios)
        known = {word for scenario in all_ for word in _words(scenario)}
        tags = sorted({tag for scenario in all_ for tag in scenario.head.tags})
        for word in (*self.only, *self.without):
            if word not in known:
                near = nearest(word, sorted(known))
                raise UsageError(
                    f"no scenario here has the tag {word!r}" + (f"; did you mean {near!r}?" if near else ""),
                    hint=f"tags here are: {', '.join(tags) or 'none'}; features of the profile count too",
                )
        left = [each for each in all_ if self._keeps(_words(each))]
        if not left:
            raise UsageError("these tags leave no scenario to play")
        return self.shard.share(left) if self.shard is not None else left

    def _keeps(self, words: frozenset[str]) -> bool:
        return (not self.only or not words.isdisjoint(self.only)) and words.isdisjoint(self.without)


ALL = Choice()


def _words(scenario: Scenario) -> frozenset[str]:
    return frozenset((*scenario.head.tags, *scenario.head.features))
