"""What of the standard could not be read, as data: ``fixtures/standards/default.yaml``, and ``--standards FILE``.

A file names only what differs from the default. What it says becomes the protocol core's own option objects, which
are handed down as arguments. Which file counts is one value for the whole process (`current`), set by the command
line before anything else: it is a fact about the world, not about one device, and the parts of a run, what
describes them in the trace and what decodes it afterwards have to agree on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from hil import data
from hil.errors import InvalidFile
from hil.fields import HexBytes
from hil.yamlfile import load, read
from simulator.bootstrap.mac import Hash, NetworkId
from simulator.codes.ota import STATUS_WORDS, PushStatus
from simulator.device.wakeup import Assumptions
from simulator.notification.bits import BitField, BitTable
from simulator.notification.v13 import Layout
from simulator.security.mac import Formula, Integrity
from simulator.tree import TreeOptions
from simulator.tree.options import RelativeForm

HeaderName = Literal[
    "VER", "OPTION-COUNT", "UI-MODE", "INITIATOR", "DIGEST-TYPE", "TIMESTAMP", "SESSIONID", "TIMEOUT", "RESERVED"
]
Bits = Annotated[int, Field(ge=1, le=64)]
Punctuation = Annotated[str, Field(min_length=1, max_length=20)]


class _Facts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HeaderField(_Facts):
    field: HeaderName
    bits: Bits


class OptionField(_Facts):
    field: Literal["NUMBER", "LENGTH", "RESERVED"]
    bits: Bits


class NotificationFacts(_Facts):
    version: int = Field(ge=0)
    header: tuple[HeaderField, ...]
    option_header: tuple[OptionField, ...]
    digest_types: dict[int, Literal["none", "md5", "sha256"]]
    digest: Literal["none", "md5", "sha256"]
    fixed: dict[HeaderName, int]

    @model_validator(mode="after")
    def _fits_together(self) -> NotificationFacts:
        known = {*_names(self.header), *self.fixed}
        for name in ("VER", "OPTION-COUNT", "DIGEST-TYPE"):
            if name not in known:
                raise ValueError(f"the header has no {name}, and 'fixed' no value for it")
        for name in ("NUMBER", "LENGTH"):
            if name not in _names(self.option_header):
                raise ValueError(f"the option header has no {name}")
        for what, fields in (("header", self.header), ("option header", self.option_header)):
            names = [name for name in _names(fields) if name != "RESERVED"]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice:
                raise ValueError(f"the {what} has {twice} twice")
            bits = sum(field.bits for field in fields)
            if bits % 8:
                raise ValueError(f"the {what} has {bits} bits, which do not fill whole octets")
        widths = {field.field: field.bits for field in self.header}
        if self.version >= 1 << widths.get("VER", 64):
            raise ValueError(f"the version {self.version} does not fit VER, which has {widths['VER']} bits")
        if self.digest not in self.digest_types.values():
            raise ValueError(f"{self.digest} is none of the digest types")
        return self

    @property
    def layout(self) -> Layout:
        return Layout(
            header=_table(self.header),
            option_header=_table(self.option_header),
            digests={number: _hash(name) for number, name in self.digest_types.items()},
            version=self.version,
            fixed={str(name): value for name, value in self.fixed.items()},
        )


class IntegrityFacts(_Facts):
    formula: Formula
    algorithm: str = Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")


class BootstrapFacts(_Facts):
    mac_hash: Hash
    network_id: NetworkId


class SessionFacts(_Facts):
    ver_proto: str = Field(min_length=1, max_length=40)
    ver_dtd: str = Field(min_length=1, max_length=40)
    cache_control: str = Field(min_length=1, max_length=200)
    default_nonces: tuple[HexBytes, ...]

    @field_validator("default_nonces")
    @classmethod
    def _at_least_one(cls, nonces: tuple[bytes, ...]) -> tuple[bytes, ...]:
        if not nonces:
            raise ValueError("at least one nonce is expected")
        return nonces


class RelativeFormFacts(_Facts):
    mark: Punctuation
    pair: Punctuation
    equals: Punctuation
    path: Punctuation

    @field_validator("mark")
    @classmethod
    def _stands_out(cls, mark: str) -> str:
        if re.fullmatch(r"[A-Za-z0-9._~/-]*", mark):
            raise ValueError(f"{mark!r} could stand in any URI; a mark has a character such as '?' or ';'")
        return mark


class PushFacts(_Facts):
    refused_status: int = Field(ge=100, le=999)

    @field_validator("refused_status")
    @classmethod
    def _a_refusal(cls, status: int) -> int:
        if status in set(PushStatus):
            raise ValueError(f"{status} says something else: {STATUS_WORDS[PushStatus(status)]}")
        return status


class TreeFacts(_Facts):
    mo_root_data: Literal["leaves", "direct"]
    relative_uris: bool
    relative_form: RelativeFormFacts
    unknown_object_status: int = Field(ge=400, le=599)


class Standards(_Facts):
    """A standards file. Every field has to be named in ``default.yaml``, and may be in others."""

    notification: NotificationFacts
    integrity: IntegrityFacts
    bootstrap: BootstrapFacts
    push: PushFacts
    session: SessionFacts
    tree: TreeFacts

    @property
    def layout(self) -> Layout:
        """Of the notification of DM 1.3."""
        return self.notification.layout

    @property
    def hash_name(self) -> str | None:
        """Of the digest of the bench's own notifications."""
        return _hash(self.notification.digest)

    @property
    def mac(self) -> Integrity:
        return Integrity(self.integrity.formula, self.integrity.algorithm)

    @property
    def assumptions(self) -> Assumptions:
        return Assumptions(self.layout, self.session.default_nonces)

    @property
    def ver_protos(self) -> tuple[str, ...]:
        """What a server speaks: this DM 1.3, and what came before it."""
        return tuple(dict.fromkeys((self.session.ver_proto, "DM/1.3", "DM/1.2", "DM/1.1")))

    @property
    def ver_dtds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.session.ver_dtd, "1.2", "1.1")))

    @property
    def tree_options(self) -> TreeOptions:
        return TreeOptions(
            unknown_object_status=self.tree.unknown_object_status,
            mo_root_data=self.tree.mo_root_data,
            relative_uris=self.tree.relative_uris,
            relative_form=RelativeForm(**dict(self.tree.relative_form)),
        )


def _names(fields: tuple[HeaderField, ...] | tuple[OptionField, ...]) -> list[str]:
    return [field.field for field in fields]


def _table(fields: tuple[HeaderField, ...] | tuple[OptionField, ...]) -> BitTable:
    """Reserved fields get numbers, so that every name is there once."""
    rows, reserved = [], 0
    for field in fields:
        reserved += field.field == "RESERVED"
        rows.append(BitField(f"RESERVED-{reserved}" if field.field == "RESERVED" else field.field, field.bits))
    return BitTable(*rows)


def _hash(name: str) -> str | None:
    return None if name == "none" else name


# -- files


@cache
def default() -> Standards:
    """The standard as this project assumes it."""
    return load(data.find("standards", "default"), Standards)


def load_standards(name: str) -> Standards:
    """A file (or the name of one that comes with dmrig), over the default.

    Raises `UsageError` when it cannot be read, `InvalidFile` with all mistakes when it is wrong.
    """
    document = read(data.find("standards", name))
    said = document.value if document.value is not None else {}
    if not isinstance(said, dict):
        raise InvalidFile([document.mistake((), "a standards file names what differs, such as 'notification:'")])
    merged = _over(read(data.find("standards", "default")).value, said)
    parsed, mistakes = document.parse(Standards, value=merged)
    if parsed is None:
        raise InvalidFile(mistakes)
    return parsed


def _over(default: Any, said: Any) -> Any:
    """What is said in place of the default; mappings are filled up from it, lists are not."""
    if said is None:
        return default
    if not isinstance(default, Mapping) or not isinstance(said, Mapping):
        return said
    return {**default, **{key: _over(default.get(key), value) for key, value in said.items()}}


_current: Standards | None = None
_source: str | None = None


def current() -> Standards:
    """What counts in this process."""
    return _current or default()


def source() -> str | None:
    """The name under which they were asked for; None: nobody asked for others than the default."""
    return _source


@contextmanager
def using(standards: Standards, name: str | None = None) -> Iterator[None]:
    """Let these count within the block; ``name`` is what a person would ask for them by."""
    global _current, _source
    before, _current, _source = (_current, _source), standards, name
    try:
        yield
    finally:
        _current, _source = before
