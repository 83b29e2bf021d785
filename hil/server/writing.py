"""Commands that carry values: Add, Replace, Exec."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from pydantic import Field, model_validator

from hil.fields import HexBytes
from hil.server.said import Command, Format, Said, Text
from hil.server.tnds import Tnds
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import Data

LONGEST = 16 * 1024 * 1024
"""Octets of a value that is made by repeating."""


class Chunks(Said):
    """How a large object goes wrong, or goes in pieces although it would fit (DM Protocol §7.3)."""

    octets: int | None = Field(default=None, ge=1)
    """At most so many octets in one chunk."""
    claim: int | None = Field(default=None, ge=0)
    """Another Size in the first chunk than the true one."""
    stop_after: int | None = Field(default=None, ge=1)
    """So many chunks, and then the next command: the object never ends."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What an Item carries."""

    format: str | None
    type: str | None
    data: Data | None


class Written(Said):
    """One Item: where, and a value in one of its forms."""

    uri: str = ""
    value: Text | None = None
    hex: HexBytes | None = None
    """A binary value."""
    file: str | None = None
    """A file whose content is the value, looked up beside the file that names it."""
    tnds: Tnds | None = None
    """A whole subtree."""
    times: int = Field(default=1, ge=1, le=LONGEST)
    """The value so many times over."""
    format: Format | None = None
    type: str | None = None

    @model_validator(mode="after")
    def _one_value(self) -> Written:
        given = [name for name in ("value", "hex", "file", "tnds") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"give either {given[0]!r} or {given[1]!r}")
        if max(len(self.value or ""), len(self.hex or b"")) * self.times > LONGEST:
            raise ValueError(f"a value has at most {LONGEST} octets")
        return self

    def payload(self, encoding: Encoding, *, argument: bool = False) -> Payload:
        """The value for a message in ``encoding``; ``argument``: of an Exec, which may have none.

        XML has no binary data: there it is b64, which the device decodes (DM Representation §7.3, Format).
        Raises `EncodeError`.
        """
        if self.tnds is not None:
            format_, type_, carried = self.tnds.write(encoding)
            data: Data | None = carried
            own_format: str | None = self.format or format_
        else:
            own_format, type_, data = self.format, None, self.value if self.hex is None else self.hex
            data = None if data is None else data * self.times
        if isinstance(data, bytes):
            if encoding is Encoding.XML:
                own_format, data = "b64", base64.b64encode(data).decode("ascii")
            else:
                own_format = own_format or "bin"
        if data is None and not argument and own_format not in ("node", "null"):
            # An Item for a node has Data, though it be empty, unless the format is node or null (§7.3).
            data = ""
        return Payload(own_format, self.type or type_, data)


class Writing(Written, Command):
    """A value for one node, or ``items`` with one for each of several."""

    items: tuple[Written, ...] = ()
    chunks: Chunks | None = None

    @model_validator(mode="after")
    def _somewhere(self) -> Writing:
        if bool(self.uri) == bool(self.items):
            raise ValueError("give either 'uri' or 'items'")
        if not all(item.uri for item in self.items):
            raise ValueError("each of the items has a 'uri'")
        if self.chunks is not None and self.items:
            raise ValueError("only a command for one node goes in chunks")
        return self

    @property
    def written(self) -> tuple[Written, ...]:
        return self.items or (self,)

    @property
    def uris(self) -> tuple[str, ...]:
        return tuple(item.uri for item in self.written)


class Add(Writing):
    """``format: node`` adds an interior node."""


class Replace(Writing):
    pass


class Exec(Writing):
    """``value`` is the argument."""

    correlator: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Exec:
        if self.items:
            raise ValueError("an Exec has exactly one item")
        return self
