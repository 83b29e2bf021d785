"""The names that an interior node lists, as a sequence that never changes.

A few are a tuple. Of many, a further one is written behind the others in a list that the old sequence and the new
one share, each knowing how much of it is its own: adding n siblings one by one then costs n, not n * n / 2, and
putting the old node back is still all there is to undoing it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import overload

FEW = 64
"""Up to so many, copying is cheap and a tuple is smallest."""


class Names(Sequence[str]):
    """The first ``count`` of a list that grows at its end only."""

    __slots__ = ("_count", "_kept")

    def __init__(self, kept: list[str], count: int) -> None:
        self._kept = kept
        self._count = count

    def plus(self, name: str) -> Names:
        """These and one more; copies only where another has been written behind these, as after an undo."""
        kept = self._kept if len(self._kept) == self._count else self._kept[: self._count]
        kept.append(name)
        return Names(kept, self._count + 1)

    def shares(self, other: Names) -> bool:
        """Whether both are read from one list."""
        return self._kept is other._kept

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return islice(self._kept, self._count)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return [self._kept[each] for each in range(*index.indices(self._count))]
        return self._kept[range(self._count)[index]]


def plus(names: Sequence[str], name: str) -> Sequence[str]:
    """The names and one more; the old sequence stays as it is."""
    if isinstance(names, Names):
        return names.plus(name)
    return (*names, name) if len(names) < FEW else Names([*names, name], len(names) + 1)
