"""Reading the steps of a file: steps, blocks of steps, and the steps of other files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from hil import data
from hil.account import Account
from hil.errors import InvalidFile, Mistake, UsageError
from hil.nearest import nearest, nearest_file
from hil.place import Place
from hil.scenario.model import (
    PLAIN,
    Block,
    BlockWords,
    IncludedFile,
    IncludeWords,
    Modifiers,
    Step,
    StepModifiers,
)
from hil.scenario.registry import known_steps
from hil.scenario.step import StepKind, StepModel
from hil.scenario.variables import NAME, Loc, Scope, fill, is_late, names_in
from hil.yamlfile import Document, read

M = TypeVar("M", bound=BaseModel)

DEEPEST = 20
"""Includes within includes."""

MOST_STEPS = 10_000
"""In one run: files that include others several times can stand for billions."""

MODIFIERS = tuple(StepModifiers.model_fields)


@dataclass(slots=True)
class Reading:
    """What the files of one run have in common."""

    mistakes: list[Mistake] = field(default_factory=list)
    steps: int = 0
    documents: dict[Path, Document] = field(default_factory=dict)

    def document(self, path: Path) -> Document:
        if path not in self.documents:
            self.documents[path] = read(path)
        return self.documents[path]


ACCOUNT = frozenset(Account().variables())
"""The names of an account's variables."""


class Names:
    """Told of names without a value: a mistake, or, while a file is read, a name that gets its value later."""

    def __init__(self, document: Document, scope: Scope, late: Mapping[str, str] | None = None) -> None:
        self.mistakes: list[Mistake] = []
        self.missing = False
        """A value is missing, which whoever should have given it is told."""
        self._document = document
        self._scope = scope
        self._late = late

    def __call__(self, at: Loc, name: str) -> str:
        # What parts are called is up to their makers, and known when they run; an account is always the same.
        of_account = name.startswith("account.")
        if self._late is None and is_late(name) and (not of_account or name in ACCOUNT):
            return f"${{{name}}}"
        known = self._scope.names | set(self._late or {}) | (ACCOUNT if of_account else set())
        if name in self._scope.missing:
            self.missing = True
        elif name in known:
            message = f"${{{name}}} cannot stand here: it is no text, or is declared further down"
            self.mistakes.append(self._document.mistake_in_value(at, message))
        else:
            meant = nearest(name, known)
            hint = None if meant is None else f"${{{meant}}}"
            message = f"there is no variable ${{{name}}}"
            self.mistakes.append(self._document.mistake_in_value(at, message, hint))
        return ""


@dataclass(frozen=True, slots=True)
class LateStep:
    """A step whose values are known only while the rig runs."""

    file: StepFile
    kind: StepKind
    at: Loc
    raw: Any

    def model(self, variables: Mapping[str, str]) -> StepModel:
        names = Names(self.file.document, self.file.scope, variables)
        values = self.file.scope.values(names, variables)
        filled = fill(self.raw, values, names, self.at)
        if names.mistakes:
            raise InvalidFile(names.mistakes)
        model, mistakes = self.file.document.parse(self.kind.model, self.at, filled)
        if model is None:
            raise InvalidFile(mistakes)
        return model


class StepFile:
    """One file that has steps, with the values of its variables."""

    def __init__(
        self, reading: Reading, document: Document, scope: Scope, included: tuple[Place, ...] = ()
    ) -> None:
        self.document = document
        self.scope = scope
        self._reading = reading
        self._included = included
        names = Names(document, scope)
        self._values = scope.values(names)
        self.late = scope.late()
        self._wrong(names.mistakes)

    def block(self, steps: Any, cleanup: Any, at: Loc, phase: str, modifiers: Modifiers) -> Block:
        """The entries of ``steps`` and ``finally``, which stand at ``at``."""
        return Block(
            self._entries(steps, (*at, "steps")),
            self._entries(cleanup, (*at, "finally")),
            phase,
            self.place(at),
            modifiers,
        )

    def place(self, at: Loc) -> Place:
        line, column = self.document.place(at)
        return Place(self.document.path, line, column, self._included[-1] if self._included else None)

    def fill(self, value: Any, at: Loc) -> Any:
        """``value`` with values in place of variables; None, and mistakes, when there are none."""
        names = Names(self.document, self.scope)
        filled = fill(value, self._values, names, at)
        self._wrong(names.mistakes)
        return None if names.mistakes or names.missing else filled

    def _wrong(self, mistakes: list[Mistake]) -> None:
        """In a file that was included, with where."""
        suffix = f" (included at {self._included[-1]})" if self._included else ""
        self._reading.mistakes += [
            Mistake(each.path, each.line, each.column, each.message + suffix, each.nearest) for each in mistakes
        ]

    def _mistake(self, at: Loc, message: str, meant: str | None = None) -> None:
        self._wrong([self.document.mistake(at, message, meant)])

    def _parse(self, model: type[M], value: Any, at: Loc) -> M | None:
        filled = self.fill(value, at)
        if filled is None:
            return None
        parsed, mistakes = self.document.parse(model, at, filled)
        self._wrong(mistakes)
        return parsed

    def _entries(self, listed: Any, at: Loc) -> tuple[Step | Block, ...]:
        found = []
        for index, entry in enumerate(listed if isinstance(listed, list) else []):
            read = self._entry(entry, (*at, index))
            if read is not None:
                found.append(read)
        return tuple(found)

    def _entry(self, entry: Any, at: Loc) -> Step | Block | None:
        if isinstance(entry, str):
            return self._step(entry, None, at, PLAIN)
        if not isinstance(entry, dict) or not entry:
            self._mistake(at, "a step is one name with what it wants, such as 'wait: 2 days'")
            return None
        if "include" in entry:
            return self._include(entry, at)
        if "steps" in entry or "phase" in entry:
            return self._block(entry, at)
        words = {name: value for name, value in entry.items() if name in MODIFIERS}
        names = [name for name in entry if name not in MODIFIERS]
        if len(names) != 1:
            self._no_single_name(names, at)
            return None
        modifiers = self._parse(StepModifiers, words, at) if words else PLAIN
        step = self._step(names[0], entry[names[0]], (*at, names[0]), modifiers or PLAIN)
        return step if modifiers is not None else None

    def _no_single_name(self, names: list[str], at: Loc) -> None:
        known = [name for name in names if name in known_steps()]
        if len(known) == 1:
            for name in names:
                if name not in known:
                    message = f"{name!r} is no word here: beside a step stand {', '.join(MODIFIERS)}"
                    self._mistake((*at, name), message, nearest(name, MODIFIERS))
        else:
            self._mistake(at, "a step is one name with what it wants, such as 'wait: 2 days'")

    def _block(self, entry: dict[str, Any], at: Loc) -> Block | None:
        raw = {"steps", "finally"}
        filled = self.fill({name: value for name, value in entry.items() if name not in raw}, at)
        words, mistakes = self.document.parse(
            BlockWords, at, {**(filled or {}), **{name: entry[name] for name in raw & set(entry)}}
        )
        self._wrong(mistakes if filled is not None else [])
        block = self.block(entry.get("steps"), entry.get("finally"), at, words.phase if words else "", PLAIN)
        if words is None:
            return None
        modifiers = Modifiers(timeout=words.timeout, retry=words.retry)
        return Block(block.items, block.cleanup, words.phase, block.place, modifiers)

    def _step(self, name: str, wanted: Any, at: Loc, modifiers: StepModifiers) -> Step | None:
        """A step's value is what it wants; a bare name does for a step that needs nothing more."""
        kind = known_steps().get(name)
        if kind is None:
            self._mistake(at, f"there is no step {name!r}", nearest(name, [*known_steps(), "include", "steps"]))
            return None
        if self._too_many(at):
            return None
        if wanted is None:
            wanted = {}
        elif not isinstance(wanted, dict) and kind.model.short is not None:
            wanted = {kind.model.short: wanted}
        model = self._parse(kind.model, wanted, at)
        if model is None:
            return None
        folder = self.document.path.parent
        wrong = look_up(self.document, at, lambda: model.look_up(folder))
        self._wrong(wrong)
        late = any(is_late(used) or used in self.late for used in names_in(wanted))
        return Step(kind, model, self.place(at), modifiers, LateStep(self, kind, at, wanted) if late else None)

    def _too_many(self, at: Loc) -> bool:
        """Whether a further step, or a further file, is one more than can be played."""
        self._reading.steps += 1
        if self._reading.steps == MOST_STEPS:
            self._mistake(at, f"these are more than {MOST_STEPS} steps")
        return self._reading.steps >= MOST_STEPS

    def _include(self, entry: dict[str, Any], at: Loc) -> Block | None:
        if self._too_many(at):
            return None
        said = {name: value for name, value in entry.items() if name != "with"}
        filled = self.fill(said, at)
        given = entry.get("with")
        # What is given is filled where it is used, with the variables of this file.
        words, mistakes = self.document.parse(IncludeWords, at, {**(filled or {}), "with": given or {}})
        self._wrong(mistakes if filled is not None else [])
        if words is None:
            return None
        path = self._find(words.include, (*at, "include"))
        if path is None:
            return None
        try:
            document = self._reading.document(path)
        except InvalidFile as error:
            self._wrong(error.mistakes)
            return None
        place = self.place((*at, "include"))
        file, mistakes = document.parse(IncludedFile)
        scope = Scope(file.vars if file is not None else {}, words.with_, self.scope)
        if file is None:
            self._wrong(mistakes)
            return None
        self.fill(words.with_, (*at, "with"))
        self._check_given(file, words.with_, at, path)
        inner = StepFile(self._reading, document, scope, (*self._included, place))
        block = inner.block(file.steps, file.finally_, (), words.phase, PLAIN)
        modifiers = Modifiers(timeout=words.timeout, retry=words.retry)
        return Block(block.items, block.cleanup, words.phase, place, modifiers)

    def _find(self, name: str, at: Loc) -> Path | None:
        """The file that is meant; None, and a mistake, for none or for one that is being read already."""
        folder = self.document.path.parent
        path = folder / name
        if not data.is_file(path):
            beside = [each.name for each in folder.glob("*.y*ml")]
            self._mistake(at, f"there is no file {name!r} beside this one", nearest_file(name, beside))
            return None
        open_ = [self.document.path, *(place.path for place in self._included)]
        if any(path.samefile(each) for each in open_):
            self._mistake(at, f"{name!r} includes itself")
            return None
        if len(self._included) >= DEEPEST:
            self._mistake(at, f"files are included more than {DEEPEST} deep")
            return None
        return path

    def _check_given(self, file: IncludedFile, given: Mapping[str, Any], at: Loc, path: Path) -> None:
        for name in given:
            if name not in file.vars:
                message = f"{path.name} has no variable {name!r}"
                self._mistake((*at, "with", name), message, nearest(name, file.vars))
        for name, default in file.vars.items():
            if default is None and name not in given:
                self._mistake((*at, "include"), f"{path.name} needs a value for {name!r}: with: {{{name}: ...}}")


def check_names(document: Document, declared: Mapping[str, Any]) -> list[Mistake]:
    """Mistakes in the names that a file gives its variables."""
    message = "is no name for a variable: letters, digits, - and _ are expected"
    return [
        document.mistake(("vars", name), f"{name!r} {message}") for name in declared if not NAME.fullmatch(name)
    ]


def look_up(document: Document, at: Loc, look: Callable[[], object]) -> list[Mistake]:
    """The mistakes in files that the scenario names, or one mistake where it names a file that is not there."""
    try:
        look()
    except InvalidFile as error:
        return error.mistakes
    except UsageError as error:
        return [document.mistake(at, f"{error}" + (f"; {error.hint}" if error.hint else ""))]
    return []
