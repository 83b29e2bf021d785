"""What a peer says wrong: its DM messages are changed at its door, and everything behind that stays as it is.

A device that answers 200 whatever happened, a server whose SessionID is 0, a challenge for credentials that nobody
has: each is one rule over messages, so that any device and any server can be given it, and none knows of it.

    {of: Status Add 418, put: {Data: "200"}}      {of: Final, left_out: yes}      {of: HTTP, put: {Accept: ""}}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from hil.spoken import spoken
from simulator.errors import CodecError, EncodeError
from simulator.syncml import message as dm
from simulator.syncml.encoding import decode, encode

HTTP, HEADER, FINAL = "HTTP", "SyncHdr", "Final"
"""What stands beside the commands of a message."""

Put = Callable[[object, str], None]


def _field(name: str) -> Put:
    return lambda element, text: setattr(element, name, text or None)


def _within(name: str, field: str, make: Callable[[], object]) -> Put:
    """A field of a child, which is made if it is not there."""

    def put(element: object, text: str) -> None:
        child = getattr(element, name)
        if child is None:
            child = make()
            setattr(element, name, child)
        setattr(child, field, text or None)

    return put


def _challenge(element: object, text: str) -> None:
    assert isinstance(element, dm.Status)
    meta = element.chal.meta if element.chal is not None else dm.Meta(format="b64")
    meta.type = text
    element.chal = dm.Chal(meta) if text else None


def _next_nonce(element: object, text: str) -> None:
    """Where there is a challenge."""
    if isinstance(element, dm.Status) and element.chal is not None:
        element.chal.meta.next_nonce = text


def _credentials(element: object, text: str) -> None:
    assert isinstance(element, dm.SyncHdr)
    element.cred = dm.Cred(dm.Meta(format="b64", type="syncml:auth-md5"), text) if text else None


def _data(element: object, text: str) -> None:
    """Of a command itself where it has one, else of its items."""
    if isinstance(element, dm.Status | dm.Alert):
        element.data = text
    else:
        _item(element, text)


def _item(element: object, text: str) -> None:
    for item in getattr(element, "items", []):
        item.data = text


def _each(what: str) -> Put:
    def put(element: object, text: str) -> None:
        for item in getattr(element, "items", []):
            setattr(item, what, (dm.Target if what == "target" else dm.Source)(text) if text else None)

    return put


def _item_meta(field: str) -> Put:
    def put(element: object, text: str) -> None:
        for item in getattr(element, "items", []):
            item.meta = item.meta or dm.Meta()
            setattr(item.meta, field, text or None)

    return put


PUT_HEADER: dict[str, Put] = {
    "VerDTD": _field("ver_dtd"),
    "VerProto": _field("ver_proto"),
    "SessionID": _field("session_id"),
    "MsgID": _field("msg_id"),
    "RespURI": _field("resp_uri"),
    "Source": _within("source", "loc_uri", lambda: dm.Source("")),
    "Target": _within("target", "loc_uri", lambda: dm.Target("")),
    "MaxMsgSize": _within("meta", "max_msg_size", dm.Meta),
    "MaxObjSize": _within("meta", "max_obj_size", dm.Meta),
    "Cred": _credentials,
}
"""What can be put into a SyncHdr: its children, and those of its Meta."""

PUT_COMMAND: dict[str, Put] = {
    "CmdID": _field("cmd_id"),
    "MsgRef": _field("msg_ref"),
    "CmdRef": _field("cmd_ref"),
    "Cmd": _field("cmd"),
    "Correlator": _field("correlator"),
    "Chal": _challenge,
    "Chal/NextNonce": _next_nonce,
    "Data": _data,
    "Item/Data": _item,
    "Item/Target": _each("target"),
    "Item/Source": _each("source"),
    "Item/Meta/Format": _item_meta("format"),
    "Item/Meta/Type": _item_meta("type"),
    "Item/Meta/Size": _item_meta("size"),
    "Item/Meta/Mark": _item_meta("mark"),
}
"""The same of a command."""


class Slip(BaseModel):
    """One thing that goes wrong in what a peer says or hears, each time that it comes to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: str
    """What it befalls: how a thing said begins, such as `Status Add 418 ./A`, `Alert 1201`, `Get`; or `SyncHdr`,
    `Final`, `HTTP` (the headers, and a server's `Status`)."""
    put: dict[str, str] = Field(default_factory=dict)
    """What stands there instead, by the element's name: `SessionID`, `Data`, `Chal`…; empty: nothing."""
    left_out: bool = False
    twice: bool = False
    after: int = Field(default=0, ge=0)
    """So many are said well first."""
    times: int | None = Field(default=None, ge=1)
    """So many are said wrong then; left out: all."""

    @field_validator("of")
    @classmethod
    def _something(cls, of: str) -> str:
        if not of.strip():
            raise ValueError("words of a message are expected, such as 'Status Add 418'")
        return of

    @model_validator(mode="after")
    def _one_thing(self) -> Slip:
        if bool(self.put) + self.left_out + self.twice != 1:
            raise ValueError("a slip is one of 'put', 'left_out: yes' and 'twice: yes'")
        known = list(PUT_HEADER if self.of == HEADER else PUT_COMMAND)
        unknown = next((name for name in self.put if name not in known), None)
        if self.of not in (HTTP, FINAL) and unknown is not None:
            raise ValueError(f"nothing called {unknown!r} can be put there; there is {', '.join(known)}")
        if (self.of in (HTTP, HEADER) and not self.put) or (self.of == FINAL and not self.left_out):
            raise ValueError(f"of {self.of}, that cannot be")
        return self


class Slips:
    """Those of one peer in one direction, with how often it came to each."""

    def __init__(self, slips: tuple[Slip, ...] = ()) -> None:
        self._slips = slips
        self._seen = [0] * len(slips)

    def __bool__(self) -> bool:
        return bool(self._slips)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers of HTTP."""
        changed = dict(headers)
        for slip in self._due(HTTP):
            for name, text in slip.put.items():
                changed = {known: value for known, value in changed.items() if known.lower() != name.lower()}
                changed |= {name: text} if text else {}
        return changed

    def body(self, body: bytes, content_type: str | None) -> bytes:
        """A message; whatever is none, or cannot be written any more, stays as it is."""
        if not self._slips or not body:
            return body
        try:
            message, encoding = decode(body, content_type)
            before = deepcopy(message)
            self._message(message)
            return body if message == before else encode(message, encoding)
        except (CodecError, EncodeError):
            return body

    def _message(self, message: dm.SyncML) -> None:
        for slip in self._due(HEADER):
            for name, text in slip.put.items():
                PUT_HEADER[name](message.sync_hdr, text)
        message.sync_body.commands = list(self._commands(message.sync_body.commands))
        if message.sync_body.final and any(True for _ in self._due(FINAL)):
            message.sync_body.final = False

    def _commands(self, commands: list[dm.Command]) -> Iterator[dm.Command]:
        for command in commands:
            due = list(self._due(*spoken(command)))
            if any(slip.left_out for slip in due):
                continue
            for slip in due:
                for name, text in slip.put.items():
                    PUT_COMMAND[name](command, text)
            if isinstance(command, dm.Atomic | dm.Sequence):
                command.commands = list(self._commands(command.commands))
            yield command
            if any(slip.twice for slip in due):
                yield command

    def _due(self, *words: str) -> Iterator[Slip]:
        """The slips that befall what is said like this, now."""
        for at, slip in enumerate(self._slips):
            if any(word.startswith(slip.of) for word in words):
                self._seen[at] += 1
                turn = self._seen[at] - slip.after
                if turn > 0 and (slip.times is None or turn <= slip.times):
                    yield slip


class Slipping(Protocol):
    """A part that can be made to say and hear something wrong."""

    def slip(self, says: tuple[Slip, ...], hears: tuple[Slip, ...]) -> None:
        """From now on; with nothing, all is well again."""
        ...
