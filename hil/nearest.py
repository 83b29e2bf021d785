"""The word that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

ALIKE = 0.55
"""How much two words have to have in common, as `difflib` counts it."""


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of ``words`` that is most like ``word``, in any case of letters; None when none is."""
    lower = {each.lower(): each for each in words}
    found = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=ALIKE)
    return lower[found[0]] if found else None
