"""Commands that a DM server sends, as YAML says them: ``get: ./DevInfo/Man``, ``add: {uri: …, value: …}``.

Used by scenario steps and by ``dmrig server --config``. What a device answered is an `Answer`
(``hil.server.answer``); the message's own classes are ``simulator.syncml.message``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hil.fields import HexBytes

Format = Literal["b64", "bin", "bool", "chr", "int", "node", "null", "xml", "date", "time", "float"]


def _as_list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def _short(field: str) -> Callable[[object], object]:
    """A command written as one value fills ``field``: ``get: ./DevInfo/Man``."""
    return lambda value: {field: value} if isinstance(value, str | int) else value


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Expect(_Said):
    """What the device has to answer. Without ``status``: any success (2xx)."""

    status: Annotated[tuple[int, ...], BeforeValidator(_as_list)] | None = None
    """One code, or several of which one will do."""
    value: str | None = None
    """The text of the (first) result, or of the item in the Status of an alert."""
    format: Format | None = None
    type: str | None = None


class _Command(_Said):
    expect: Expect = Expect()


class Get(_Command):
    uri: str


class Delete(_Command):
    uri: str


class _Writing(_Command):
    uri: str
    value: str | None = None
    hex: HexBytes | None = None
    """A binary value, instead of ``value``."""
    format: Format | None = None
    type: str | None = None

    @model_validator(mode="after")
    def _one_value(self) -> _Writing:
        if self.value is not None and self.hex is not None:
            raise ValueError("give either 'value' or 'hex'")
        return self


class Add(_Writing):
    """``format: node`` adds an interior node."""


class Replace(_Writing):
    pass


class Exec(_Writing):
    """``value`` is the argument."""

    correlator: str | None = None


class Copy(_Command):
    source: str = Field(alias="from")
    target: str = Field(alias="to")


class Alert(_Command):
    """``alert: 1223`` aborts the session; user interaction alerts have their option string as first item."""

    code: int = Field(ge=0, le=9999)
    items: tuple[str, ...] = ()


Act = Get | Add | Replace | Delete | Exec | Copy | Alert


class Block(_Said):
    """What stands in an Atomic or a Sequence."""

    commands: Annotated[tuple[ServerCommand, ...], Field(min_length=1)]
    expect: Expect = Expect()


def _block(value: object) -> object:
    """The usual form: a list of commands, without expectation of the whole."""
    return {"commands": value} if isinstance(value, list | tuple) else value


_BlockField = Annotated[Block, BeforeValidator(_block)] | None

_VERBS = ("get", "add", "replace", "delete", "exec", "copy", "alert", "atomic", "sequence")


class ServerCommand(_Said):
    """One command: exactly one of its fields is given."""

    get: Annotated[Get, BeforeValidator(_short("uri"))] | None = None
    add: Add | None = None
    replace: Replace | None = None
    delete: Annotated[Delete, BeforeValidator(_short("uri"))] | None = None
    exec: Annotated[Exec, BeforeValidator(_short("uri"))] | None = None
    copy_: Copy | None = Field(default=None, alias="copy")
    alert: Annotated[Alert, BeforeValidator(_short("code"))] | None = None
    atomic: _BlockField = None
    sequence: _BlockField = None

    @model_validator(mode="before")
    @classmethod
    def _exactly_one(cls, said: Any) -> Any:
        if isinstance(said, dict):
            given = [verb for verb in said if verb in _VERBS]
            unknown = [word for word in said if word not in (*_VERBS, "copy_")]
            if len(given) != 1 and not unknown and "copy_" not in said:
                raise ValueError(f"a command is exactly one of {', '.join(_VERBS)}")
        elif not isinstance(said, ServerCommand):
            raise ValueError(f"a command is one of {', '.join(_VERBS)}, with a colon behind it")
        return said

    @property
    def act(self) -> Act | Block:
        """The one command that is given."""
        for verb in _VERBS:
            found: Act | Block | None = getattr(self, "copy_" if verb == "copy" else verb)
            if found is not None:
                return found
        raise ValueError("a command is exactly one of " + ", ".join(_VERBS))

    @property
    def verb(self) -> str:
        """``Get``, ``Atomic``…: the standard's name of the command."""
        for verb in _VERBS:
            if getattr(self, "copy_" if verb == "copy" else verb) is not None:
                return verb.capitalize()
        return "?"

    @property
    def inner(self) -> tuple[ServerCommand, ...]:
        """The commands inside an Atomic or a Sequence."""
        act = self.act
        return act.commands if isinstance(act, Block) else ()

    def __str__(self) -> str:
        match self.act:
            case Alert(code=code):
                return f"Alert {code}"
            case Copy(source=source, target=target):
                return f"Copy {source} to {target}"
            case Block(commands=commands):
                return f"{self.verb} of {len(commands)}"
            case act:
                return f"{self.verb} {act.uri}"


Block.model_rebuild()
ServerCommand.model_rebuild()


def commands(*said: dict[str, Any]) -> tuple[ServerCommand, ...]:
    """Commands from plain data: ``commands({"get": "./DevInfo/Man"}, {"delete": "./X"})``."""
    return tuple(ServerCommand.model_validate(one) for one in said)
