"""The secrets in a DM message, by their place in it: credentials, nonces, and the secrets of DM accounts.

For bytes that nobody has decoded for the trace: bodies of HTTP messages, bootstrap messages read from a card.
"""

from __future__ import annotations

import dataclasses
import re
from base64 import b64encode
from collections.abc import Iterator
from xml.sax.saxutils import escape

from hil.trace.forms import cover, forms
from hil.trace.structure import SECRET_NODES
from simulator.errors import CodecError, SimulatorError
from simulator.grammar import bounded, is_standard
from simulator.syncml import bare
from simulator.syncml.encoding import Encoding, decode, sniff
from simulator.syncml.message import Cred, Data, ForeignCommand, Item, Meta, SyncML, walk
from simulator.tnds.document import Node
from simulator.tnds.embedded import read

SHORTEST_TNDS = 16
SHORTEST = 4
"""Of what is covered because nobody knows what it is: anything shorter stands everywhere."""

CARRYING = frozenset({"Data", "Value", "NextNonce"})
"""Elements of the standard that secrets stand in."""
STR_I, OPAQUE = 0x03, 0xC3


def secrets_of_message(body: bytes, content_type: str | None = None) -> set[str]:
    """The account secrets that a DM message (or bootstrap message) carries, for `Masker.add`.

    A damaged message is read up to the damage, padding behind a message is passed over, and nothing is found in
    what is no DM message.
    """
    found = (value for value, lasting in _found(body, content_type) if lasting)
    return {value if isinstance(value, str) else value.decode("utf-8", "replace") for value in found} - {""}


def cover_message(body: bytes, content_type: str | None = None) -> bytes:
    """``body`` with its secrets, nonces and digests overwritten; the length stays."""
    for value in {value for value, _ in _found(body, content_type)}:
        body = _cover(body, value)
    return body


def _found(body: bytes, content_type: str | None) -> Iterator[tuple[str | bytes, bool]]:
    """Each secret as carried, and whether it outlasts the message."""
    encoding: Encoding | None = None
    try:
        message: object
        message, encoding = decode(body, content_type)
    except CodecError as error:
        message = error.partial
    except SimulatorError:
        return
    yield from _walk(message)
    if encoding is not None and isinstance(message, SyncML):
        yield from _not_understood(body, encoding, message)


def _not_understood(body: bytes, encoding: Encoding, message: SyncML) -> Iterator[tuple[str | bytes, bool]]:
    """What stands in commands that are none of DM's, which nobody has decoded: any of it may be a secret."""
    foreign = {each.name for each in walk(message.sync_body.commands) if isinstance(each, ForeignCommand)}
    if not foreign:
        return
    try:
        root = bare.read(body, encoding)
    except CodecError:
        return
    for element in root.walk():
        if bounded(element.name) in foreign or element.name == bare.UNNAMED:
            yield from ((value, False) for value in _carried(element) if len(value) >= SHORTEST)


def _carried(element: bare.Bare) -> Iterator[str | bytes]:
    for inner in element.walk():
        if inner.name in CARRYING or not is_standard(inner.name):
            yield inner.text
            yield from inner.octets


def _walk(element: object) -> Iterator[tuple[str | bytes, bool]]:
    match element:
        case list():
            for each in element:
                yield from _walk(each)
            return
        case Cred(data=str() | bytes() as data):
            yield data, False
        case Meta(next_nonce=str() as nonce):
            yield nonce, False
        case Item(data=str() | bytes() as data):
            if _names_secret(element):
                yield data, True
            yield from _embedded(data)
        case Node(value=str() | bytes() as data):
            if element.node_name in SECRET_NODES or element.rt_properties.name in SECRET_NODES:
                yield data, True
    if dataclasses.is_dataclass(element):
        for attribute in dataclasses.fields(element):
            yield from _walk(getattr(element, attribute.name))


def _names_secret(item: Item) -> bool:
    uris = (each.loc_uri for each in (item.target, item.source) if each is not None)
    return any(uri.split("?")[0].rsplit("/", 1)[-1] in SECRET_NODES for uri in uris)


def _embedded(data: Data) -> Iterator[tuple[str | bytes, bool]]:
    """A TNDS document that travels as the value of a node."""
    if isinstance(data, str | bytes) and len(data) >= SHORTEST_TNDS:
        try:
            tree = read(data, None)
        except SimulatorError:
            return
        yield from _walk(tree)


def _cover(body: bytes, value: str | bytes) -> bytes:
    is_xml = sniff(body) is Encoding.XML
    spelt = [value.encode(), escape(value).encode()] if isinstance(value, str) else [value, b64encode(value)]
    for raw in filter(None, dict.fromkeys(spelt)):
        body = _cover_content(body, raw) if is_xml else _cover_string(body, raw)
    if is_xml:
        # in a WBXML document that an XML message carries as base64, or in a message in UTF-16
        text = value if isinstance(value, str) else value.decode("utf-8", "replace")
        for form in forms(text):
            if form.spelling in ("base64", "wide") and not form.guarded:
                body = body.replace(form.octets, cover(form, text))
    return body


def _cover_content(body: bytes, raw: bytes) -> bytes:
    """In XML, only the whole of an element's content (escaped or not), so that no tag is taken for a secret."""
    content = rb"((?:>|&gt;|\[CDATA\[)\s*)" + re.escape(raw) + rb"(?=\s*(?:<|&lt;|\]\]))"
    return re.sub(content, lambda match: match[1] + b"x" * len(raw), body)


def _cover_string(body: bytes, raw: bytes) -> bytes:
    """In WBXML, inline strings and opaque data that are the secret; where there are none, wherever it stands."""
    around = [(bytes([STR_I]), b"\0"), (bytes([OPAQUE, len(raw)]) if len(raw) < 0x80 else b"\xff" * 9, b"")]
    found = [(before, after) for before, after in around if before + raw + after in body]
    for before, after in found or [(b"", b"")]:
        body = body.replace(before + raw + after, before + b"x" * len(raw) + after)
    return body
