"""The DM message as typed objects (DM Representation Protocol, DTD 1.2).

One class an element, one attribute a child, in the DTD's order. Class names are the standard's; attribute
names are the standard's in snake_case (``CmdID`` is ``cmd_id``). A codec turns these into XML or WBXML and
back; nothing here knows how.

Character data is ``str``. ``Data`` may also be ``bytes`` (a WBXML OPAQUE: raw binary, an embedded WBXML
document, or a peer's text) or a `MgmtTree` (a TNDS document written in place). `text` and `octets` read
either form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from simulator.tnds.document import MgmtTree

Data = str | bytes | MgmtTree


@dataclass(slots=True)
class Meta:
    """Meta information (MetInf): of a command, an Item, a Cred, a Chal or the message."""

    format: str | None = None
    type: str | None = None
    mark: str | None = None
    size: str | None = None
    next_nonce: str | None = None
    """Base64 text, as carried."""
    version: str | None = None
    max_msg_size: str | None = None
    max_obj_size: str | None = None
    emi: list[str] = field(default_factory=list)
    field_level: str | None = None


@dataclass(slots=True)
class Target:
    loc_uri: str
    loc_name: str | None = None


@dataclass(slots=True)
class Source:
    loc_uri: str
    loc_name: str | None = None
    """In SyncHdr: the user name, for auth-md5 and auth-MAC."""


@dataclass(slots=True)
class Item:
    target: Target | None = None
    source: Source | None = None
    source_parent: str | None = None
    target_parent: str | None = None
    meta: Meta | None = None
    data: Data | None = None
    """None: no Data element. ``""``: an empty one."""
    more_data: bool = False


@dataclass(slots=True)
class Cred:
    meta: Meta | None
    data: Data


@dataclass(slots=True)
class Chal:
    meta: Meta


@dataclass(slots=True)
class Status:
    cmd_id: str
    msg_ref: str
    cmd_ref: str
    cmd: str
    """The name of the element that is answered, ``SyncHdr`` for the header (with CmdRef 0)."""
    target_ref: list[str] = field(default_factory=list)
    source_ref: list[str] = field(default_factory=list)
    cred: Cred | None = None
    chal: Chal | None = None
    data: Data | None = None
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Results:
    cmd_id: str
    msg_ref: str | None
    cmd_ref: str
    meta: Meta | None = None
    target_ref: str | None = None
    source_ref: str | None = None
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Alert:
    cmd_id: str
    no_resp: bool = False
    cred: Cred | None = None
    data: Data | None = None
    """The alert code, in decimal."""
    correlator: str | None = None
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Add:
    cmd_id: str
    no_resp: bool = False
    cred: Cred | None = None
    meta: Meta | None = None
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Replace:
    cmd_id: str
    no_resp: bool = False
    cred: Cred | None = None
    meta: Meta | None = None
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Copy:
    cmd_id: str
    no_resp: bool = False
    cred: Cred | None = None
    meta: Meta | None = None
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Delete:
    cmd_id: str
    no_resp: bool = False
    archive: bool = False
    sft_del: bool = False
    cred: Cred | None = None
    meta: Meta | None = None
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Get:
    cmd_id: str
    no_resp: bool = False
    lang: str | None = None
    cred: Cred | None = None
    meta: Meta | None = None
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Exec:
    cmd_id: str
    no_resp: bool = False
    cred: Cred | None = None
    meta: Meta | None = None
    correlator: str | None = None
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Atomic:
    cmd_id: str
    no_resp: bool = False
    meta: Meta | None = None
    commands: list[Command] = field(default_factory=list)


@dataclass(slots=True)
class Sequence:
    cmd_id: str
    no_resp: bool = False
    meta: Meta | None = None
    commands: list[Command] = field(default_factory=list)


@dataclass(slots=True)
class ForeignCommand:
    """What stands in a command's place and is none of DM's: it cannot be carried out, and wants its Status.

    Put, Map, Search, Sync and Move of data synchronisation, or anything else. What it held is not kept.
    """

    cmd_id: str
    name: str


Command = (
    Status | Results | Alert | Add | Replace | Copy | Delete | Get | Exec | Atomic | Sequence | ForeignCommand
)
"""What may stand in a SyncBody. An empty ``cmd_id`` is one that the peer left out."""


def name_of(command: Command) -> str:
    """The name of a command's element, as a Status says it."""
    return command.name if isinstance(command, ForeignCommand) else type(command).__name__


@dataclass(slots=True)
class SyncHdr:
    ver_dtd: str
    ver_proto: str
    session_id: str
    msg_id: str
    target: Target
    source: Source
    resp_uri: str | None = None
    no_resp: bool = False
    cred: Cred | None = None
    meta: Meta | None = None


@dataclass(slots=True)
class SyncBody:
    commands: list[Command] = field(default_factory=list)
    final: bool = False


@dataclass(slots=True)
class SyncML:
    sync_hdr: SyncHdr
    sync_body: SyncBody


def walk(commands: Iterable[Command]) -> Iterator[Command]:
    """The commands and what Atomic and Sequence hold, in the order of the document."""
    for command in commands:
        yield command
        if isinstance(command, Atomic | Sequence):
            yield from walk(command.commands)


def text(data: Data | None) -> str:
    """Data as text: what stands there, or OPAQUE octets read as UTF-8 (undecodable ones replaced)."""
    match data:
        case None:
            return ""
        case str():
            return data
        case bytes():
            return data.decode("utf-8", "replace")
        case _:
            raise TypeError("a TNDS document in place has no text form; encode it first")


def octets(data: Data | None) -> bytes:
    """Data as octets: OPAQUE as it stands, text as UTF-8."""
    return data if isinstance(data, bytes) else text(data).encode()
