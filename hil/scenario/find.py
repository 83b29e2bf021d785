"""Which files the words on a command line mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from hil import data
from hil.errors import InvalidFile, Mistake, UsageError
from hil.nearest import nearest, nearest_file
from hil.scenario import foreign
from hil.yamlfile import read

LONGEST_WORD = 1000
"""Characters: a longer word is no path, and the system refuses to look."""

SUFFIXES = (".yaml", ".yml")

NAMED = 4
"""How many of the files that are passed over are named."""


def _on_stderr(text: str) -> None:
    import click

    click.echo(text, err=True)


def scenario_files(words: Iterable[str], note: Callable[[str], None] = _on_stderr) -> list[Path]:
    """Files as they are; of a folder all scenario files below it; else a scenario that comes with dmrig.

    ``note`` is told what is passed over in a folder, in one line. Raises `UsageError` for a word that means no
    file, `InvalidFile` with all files that are something else.
    """
    found: list[Path] = []
    others: list[Mistake] = []
    for word in words:
        path = Path(word)
        if data.is_file(path):
            found.append(path)
            if (kind := foreign.looks_like(path)) is not None:
                message = f"this looks like a {kind}, not a scenario ({foreign.what_for(kind)})"
                others.append(Mistake(path, 1, 1, message))
        elif len(word) < LONGEST_WORD and path.is_dir():
            found += _inside(path, note)
        else:
            found.append(_shipped(word))
    if others:
        raise InvalidFile(others)
    return found


def shipped() -> dict[str, Path]:
    """The scenarios that come with dmrig, by the names under which they can be run."""
    folder = data.scenarios()
    files = [path for path in _below(folder) if foreign.looks_like(path) is None]
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in files}


def titles() -> dict[str, str]:
    """What the shipped scenarios call themselves, by the names under which they can be run."""
    found = {}
    for name, path in shipped().items():
        value = read(path).value
        found[name] = str(value.get("name", "")) if isinstance(value, dict) else ""
    return found


def _shipped(word: str) -> Path:
    known = shipped()
    if word not in known:
        raise _unknown(word[:200], known)
    return known[word]


def _below(folder: Path) -> list[Path]:
    """The YAML files in a folder, however deep; hidden files and folders are somebody else's."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    ]


def _inside(folder: Path, note: Callable[[str], None]) -> list[Path]:
    """The scenarios in a folder; ``note`` is told what else there is."""
    every = _below(folder)
    if not every:
        raise UsageError(f"there is no scenario ({', '.join('*' + suffix for suffix in SUFFIXES)}) in {folder}")
    over = {path: kind for path in every if (kind := foreign.looks_like(path, among_others=True)) is not None}
    found = [path for path in every if path not in over]
    seen = ", ".join(f"{path} ({kind})" for path, kind in list(over.items())[:NAMED])
    seen += f" and {len(over) - NAMED} more" if len(over) > NAMED else ""
    if not found:
        raise UsageError(f"there is no scenario in {folder}, only {seen}")
    if over:
        count = "1 file that is no scenario" if len(over) == 1 else f"{len(over)} files that are no scenarios"
        note(f"passed over in {folder}: {count}: {seen}")
    return found


def _unknown(word: str, known: dict[str, Path]) -> UsageError:
    """The error for a word that is no file, no folder and no name: with what was probably meant."""
    path = Path(word)
    is_path = "/" in word or path.suffix in SUFFIXES
    message = f"there is no scenario {word!r}"
    beside: list[str] = []
    if is_path:
        message = f"no such file: {word!r}"
        if path.suffix not in SUFFIXES:
            message += ", and no scenario of that name comes with dmrig"
        if path.parent.is_dir():
            beside = [str(path.parent / each.name) for each in path.parent.glob("*") if each.suffix in SUFFIXES]
    name = word.removeprefix("scenarios/").removesuffix(path.suffix if path.suffix in SUFFIXES else "")
    # By their names alone: the folder is the same, so that it is no likeness either.
    like = nearest_file(path.name, [Path(each).name for each in beside])
    meant = str(path.parent / like) if like else None
    meant = meant or nearest(name, known)
    if meant:
        return UsageError(message, hint=f"did you mean {meant!r}?")
    names = "".join(f"\n    {each}" for each in known)
    return UsageError(message, hint=f"a file, or one of those that come with dmrig (dmrig run --list):{names}")
