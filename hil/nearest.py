"""The word that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import PurePath

ALIKE = 0.55
"""How much two words have to have in common, as `difflib` counts it."""


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of ``words`` that is most like ``word``, in any case of letters; None when none is."""
    lower = {each.lower(): each for each in words}
    found = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=ALIKE)
    return lower[found[0]] if found else None


def nearest_file(name: str, names: Iterable[str]) -> str | None:
    """The same of files, whose suffix says nothing: ``.yaml`` is no likeness.

    >>> nearest_file("commn.yaml", ["15.yaml", "common.yml"])
    'common.yml'
    """
    bare = {str(PurePath(each).with_suffix("")): each for each in names}
    found = nearest(str(PurePath(name).with_suffix("")), bare)
    return bare[found] if found else None
