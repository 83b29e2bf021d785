"""Commands that a DM server sends, as YAML says them: ``get: ./DevInfo/Man``, ``add: {uri: …, value: …}``.

Used by scenario steps and by ``dmrig server --config``. What a device answered is an `Answer`
(``hil.server.answer``); the message's own classes are ``simulator.syncml.message``.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from hil.server.interaction import Alert, Ask, Choose, ChooseMany, Confirm, Display
from hil.server.said import Command, Expect, Format, Said, Text, as_list, short
from hil.server.writing import Add, Chunks, Exec, Replace, Writing, Written
from simulator.codes.alert import AlertCode

__all__ = [
    "Act",
    "Add",
    "Alert",
    "Block",
    "Chunks",
    "Copy",
    "Delete",
    "Exec",
    "Expect",
    "Foreign",
    "Format",
    "Get",
    "Replace",
    "RespUri",
    "ServerCommand",
    "Writing",
    "Written",
    "commands",
]


class _Addressed(Command):
    uri: Annotated[tuple[str, ...], BeforeValidator(as_list), Field(min_length=1)]
    """One, or several: one Item for each."""

    @property
    def uris(self) -> tuple[str, ...]:
        return self.uri


class Get(_Addressed):
    """The URI may end in ``?prop=…`` or ``?list=…``."""

    data: Text | None = None
    """What the Item carries: for ``?list=MORoot``, the Management Objects that are meant."""


class Delete(_Addressed):
    pass


class Copy(Command):
    source: str = Field(alias="from")
    target: str = Field(alias="to")


class RespUri(Command):
    """Not a command: from the next message on, the header says where the device shall go on (RespURI)."""

    uri: str


class Foreign(Command):
    """A command that is none of DM's, without anything in it: what does the device make of it?"""

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$")]
    """Of the element. In WBXML it has to be one that SyncML has, such as Put, Search, Sync, Map or Move."""


Act = Foreign | Get | Add | Replace | Delete | Exec | Copy | Alert | RespUri


class Block(Said):
    """What stands in an Atomic or a Sequence."""

    commands: Annotated[tuple[ServerCommand, ...], Field(min_length=1)]
    expect: Expect = Expect()


def _block(value: object) -> object:
    """The usual form: a list of commands, without expectation of the whole."""
    return {"commands": value} if isinstance(value, list | tuple) else value


_BlockField = Annotated[Block, BeforeValidator(_block)] | None


def _addresses(value: object) -> object:
    return {"uri": value} if isinstance(value, str | list | tuple) else value


def _abort(value: object) -> object:
    """``abort`` takes nothing."""
    return {"code": int(AlertCode.SESSION_ABORT), **(value if isinstance(value, dict) else {})}


class ServerCommand(Said):
    """One command: exactly one of its fields is given."""

    get: Annotated[Get, BeforeValidator(_addresses)] | None = None
    add: Add | None = None
    replace: Replace | None = None
    delete: Annotated[Delete, BeforeValidator(_addresses)] | None = None
    exec: Annotated[Exec, BeforeValidator(short("uri"))] | None = None
    copy_: Copy | None = Field(default=None, alias="copy")
    alert: Annotated[Alert, BeforeValidator(short("code"))] | None = None
    display: Annotated[Display, BeforeValidator(short("text"))] | None = None
    confirm: Annotated[Confirm, BeforeValidator(short("text"))] | None = None
    input: Annotated[Ask, BeforeValidator(short("text"))] | None = None
    choose: Choose | None = None
    choose_many: ChooseMany | None = None
    abort: Annotated[Alert, BeforeValidator(_abort)] | None = None
    foreign: Annotated[Foreign, BeforeValidator(short("name"))] | None = None
    resp_uri: Annotated[RespUri, BeforeValidator(short("uri"))] | None = None
    atomic: _BlockField = None
    sequence: _BlockField = None

    @model_validator(mode="before")
    @classmethod
    def _exactly_one(cls, said: object) -> object:
        if isinstance(said, dict):
            known = (*_VERBS, "copy_")
            if sum(verb in said for verb in known) != 1 and not set(said) - set(known):
                raise ValueError("a command is exactly one of " + ", ".join(_VERBS))
        elif isinstance(said, str):
            if said == "abort":
                return {"abort": {}}
            raise ValueError(f"a command is one of {', '.join(_VERBS)}, with a colon behind it")
        return said

    @property
    def _given(self) -> tuple[str, Act | Block]:
        for verb in _VERBS:
            found: Act | Block | None = getattr(self, "copy_" if verb == "copy" else verb)
            if found is not None:
                return verb, found
        raise ValueError("a command is exactly one of " + ", ".join(_VERBS))

    @property
    def act(self) -> Act | Block:
        """The one command that is given."""
        return self._given[1]

    @property
    def verb(self) -> str:
        """``Get``, ``Atomic``…: the standard's name of the command."""
        verb, act = self._given
        return "Alert" if isinstance(act, Alert) else verb.capitalize()

    @property
    def inner(self) -> tuple[ServerCommand, ...]:
        """The commands inside an Atomic or a Sequence."""
        act = self.act
        return act.commands if isinstance(act, Block) else ()

    @property
    def expects(self) -> bool:
        """Whether it says what the device has to answer; also inside."""
        return self.act.expect != Expect() or any(command.expects for command in self.inner)

    @property
    def aborts(self) -> bool:
        """Whether the command ends the session (Alert 1223)."""
        return isinstance(self.act, Alert) and self.act.code == AlertCode.SESSION_ABORT

    def __str__(self) -> str:
        match self.act:
            case Alert(code=code):
                return f"Alert {code}"
            case Copy(source=source, target=target):
                return f"Copy {source} to {target}"
            case Block(commands=commands):
                return f"{self.verb} of {len(commands)}"
            case Foreign(name=name):
                return name
            case RespUri(uri=uri):
                return f"RespURI {uri}"
            case act:
                return f"{self.verb} {' '.join(act.uris)}"


_VERBS = tuple(field.alias or name for name, field in ServerCommand.model_fields.items())

Block.model_rebuild()
ServerCommand.model_rebuild()


def commands(*said: dict[str, Any]) -> tuple[ServerCommand, ...]:
    """Commands from plain data: ``commands({"get": "./DevInfo/Man"}, {"delete": "./X"})``."""
    return tuple(ServerCommand.model_validate(one) for one in said)
