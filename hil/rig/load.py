"""Reading a rig file: which kind of part plays each role, and its settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from hil import data
from hil.errors import InvalidFile, Mistake, UsageError
from hil.nearest import nearest
from hil.part import OPTIONAL, ROLES, Part, PartSettings, kinds_of
from hil.rig import kinds
from hil.rig.seams import WRAPPED
from hil.yamlfile import Document, Loc, read

DEFAULT_RIG = "virtual"

OPERATOR = "operator"

FILE_ENDS = (".yaml", ".yml")
"""What the name of a part's own file ends with."""


@dataclass(frozen=True, slots=True)
class RigPart:
    cls: type[Part]
    settings: PartSettings

    @property
    def capabilities(self) -> frozenset[str]:
        return self.cls.offered(self.settings)

    @property
    def requires(self) -> frozenset[str]:
        return self.cls.required(self.settings)


@dataclass(frozen=True, slots=True)
class RigChoice:
    """A rig as a command names it."""

    name: str | None = None
    """A file, or one that comes with dmrig; None: the virtual one."""
    wait: timedelta = timedelta()
    """How long a run waits for what another one has."""
    ask: bool = False
    """Whether a person is asked for what no part can do, also when the file does not say so."""


@dataclass(frozen=True, slots=True)
class RigPlan:
    """A rig file, read: nothing is started yet."""

    path: Path
    about: str
    parts: dict[str, RigPart]
    """By role, in the order in which parts start."""
    choice: RigChoice = RigChoice()
    """What a command said about it."""

    @property
    def holds(self) -> tuple[str, ...]:
        """What the rig has to itself while a run lasts: two runs with some of it cannot go on side by side."""
        return tuple(thing for part in self.parts.values() for thing in part.cls.holds(part.settings))

    @property
    def jumps(self) -> bool:
        """Whether time may jump: every part can tell when it is quiet."""
        return all(part.cls.jumps for part in self.parts.values())

    @property
    def capabilities(self) -> frozenset[str]:
        seams = frozenset(WRAPPED[role] for role in self.parts if role in WRAPPED)
        withheld = frozenset[str]().union(*(part.cls.withholds for part in self.parts.values()))
        return (seams | _capabilities(self.parts)) - withheld

    @property
    def unmet(self) -> list[str]:
        """What its parts lack in one another: nothing as a file has it, but perhaps with another part."""
        missing = [role for role in ROLES if role not in self.parts and role not in _spared(self.parts)]
        return [*(f"the rig has no {role}" for role in missing), *(message for _, message in _unmet(self.parts))]

    def with_part(self, role: str, part: RigPart) -> RigPlan:
        """The same rig with another part of a role."""
        parts = {**self.parts, role: part}
        return replace(self, parts={role: parts[role] for role in ROLES if role in parts})

    @property
    def own_capabilities(self) -> frozenset[str]:
        """Without what a part does in the place of others."""
        seams = frozenset(WRAPPED[role] for role in self.parts if role in WRAPPED)
        return seams | _capabilities({r: part for r, part in self.parts.items() if not part.cls.stands_in})


def load_rig(chosen: str | RigChoice | None = None) -> RigPlan:
    """The rig of a file, or one that comes with dmrig, by name.

    Raises `UsageError` when there is none of that name, `InvalidFile` with all mistakes when it is wrong.
    """
    choice = chosen if isinstance(chosen, RigChoice) else RigChoice(chosen)
    path = data.find("rigs", choice.name or DEFAULT_RIG)
    document = read(path)
    value = document.value
    if not isinstance(value, dict):
        roles = " and ".join(f"'{role}: {kinds.kinds(role)[0]}'" for role in ROLES[:2])
        empty = "the file is empty; " if value is None else ""
        message = f"{empty}a rig file names a kind of part for each role, such as {roles}"
        raise InvalidFile([document.mistake((), message)])
    mistakes: list[Mistake] = list(document.flaws)
    parts: dict[str, RigPart] = {}
    about = value.pop("about", "")
    for role, said in value.items():
        found = _part(document, role, said)
        if isinstance(found, RigPart):
            parts[role] = found
        else:
            mistakes += found
    mistakes += [
        document.mistake((), f"the rig has no {role}: name a kind, one of {', '.join(kinds.kinds(role))}")
        for role in ROLES
        if role not in value and role not in _spared(parts)
    ]
    if not mistakes:
        mistakes = [document.mistake((role,), message) for role, message in _unmet(parts)]
    if mistakes:
        raise InvalidFile(sorted(mistakes, key=lambda mistake: (mistake.line, mistake.column)))
    if choice.ask and OPERATOR not in parts:
        kind = kinds.kinds(OPERATOR)[0]
        kinds.load(OPERATOR, kind)
        cls = kinds_of(OPERATOR)[kind]
        parts[OPERATOR] = RigPart(cls, cls.Settings())
    return RigPlan(path, str(about or ""), {role: parts[role] for role in ROLES if role in parts}, choice)


def _capabilities(parts: dict[str, RigPart]) -> frozenset[str]:
    """What the parts can do, by themselves and with each other."""
    own = frozenset[str]().union(*(part.capabilities for part in parts.values()))
    return own.union(
        *(granted for part in parts.values() for need, granted in part.cls.grants.items() if need in own)
    )


def _spared(parts: dict[str, RigPart]) -> frozenset[str]:
    """The roles that nobody has to play."""
    return OPTIONAL.union(*(part.cls.spares for part in parts.values()))


def _unmet(parts: dict[str, RigPart]) -> list[tuple[str, str]]:
    """What parts require of the others and do not find there, with their roles."""
    have = _capabilities(parts)
    otherwise = "leave it out, or choose another kind"
    return [
        (
            role,
            f"the {role} of kind {part.cls.kind} needs {need}, which no other part of this rig has; {otherwise}",
        )
        for role, part in parts.items()
        for need in sorted(part.requires - have)
    ]


def _part(document: Document, role: str, said: object) -> RigPart | list[Mistake]:
    """``card: virtual``, ``card: {kind: pcsc, reader: "Gemalto*"}``, or a file that has the latter in it."""
    if role not in ROLES:
        return [document.mistake((role,), f"{role!r} is no role", nearest(role, ROLES))]
    if isinstance(said, str) and said.endswith(FILE_ENDS):
        try:
            return load_part(role, document.path.parent / said)
        except InvalidFile as error:
            return error.mistakes
        except UsageError as error:
            return [document.mistake_in_value((role,), str(error))]
    return _kind(document, role, said, (role,))


def _kind(document: Document, role: str, said: object, at: Loc) -> RigPart | list[Mistake]:
    """What stands at ``at``: a kind, or a kind with its settings."""
    known = kinds.kinds(role)
    settings = dict(said) if isinstance(said, dict) else {"kind": said}
    kind = settings.pop("kind", None)
    if kind is None:
        return [document.mistake(at, f"'kind' is missing here: one of {', '.join(known)}")]
    if kind not in known:
        message = f"a {role} can be {', '.join(known)}, not {kind!r}"
        return [
            document.mistake((*at, "kind") if isinstance(said, dict) else at, message, nearest(str(kind), known))
        ]
    kinds.load(role, str(kind))
    cls = kinds_of(role)[str(kind)]
    settings = cls.beside(settings, document.path.parent)
    parsed, mistakes = document.parse(cls.Settings, at, settings)
    return mistakes if parsed is None else RigPart(cls, parsed)


def load_part(role: str, path: Path) -> RigPart:
    """The part of a file of its own: a kind with its settings.

    Raises `UsageError` when it cannot be read, `InvalidFile` with all mistakes when it is wrong.
    """
    document = read(path)
    found = _kind(document, role, document.value, ())
    if isinstance(found, RigPart):
        return found
    raise InvalidFile(found)
