"""Which files the words on a command line mean."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hil import data
from hil.errors import UsageError
from hil.yamlfile import nearest


def scenario_files(words: Iterable[str]) -> list[Path]:
    """Files as they are; of a folder all scenario files below it; else a scenario that comes with dmrig.

    Raises `UsageError` for a word that means none.
    """
    return [path for word in words for path in _files(word)]


def _files(word: str) -> list[Path]:
    path = Path(word)
    if path.is_file():
        return [path]
    if path.is_dir():
        found = sorted(path.rglob("*.yaml"))
        if not found:
            raise UsageError(f"there is no scenario (*.yaml) in {path}")
        return found
    shipped = {str(p.relative_to(data.scenarios()).with_suffix("")): p for p in data.scenarios().rglob("*.yaml")}
    if word in shipped:
        return [shipped[word]]
    meant = nearest(word.removeprefix("scenarios/").removesuffix(".yaml"), shipped)
    raise UsageError(
        f"there is no scenario {word!r}",
        hint=f"did you mean {meant!r}?"
        if meant
        else f"scenarios that come with dmrig: {', '.join(sorted(shipped))}",
    )
