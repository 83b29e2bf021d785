"""PAP's documents: the control entity of a push, and what a gateway answers to it (WAP-247-PAP §8 and §9).

A push goes as ``multipart/related``: the control entity in XML, then the content with its own headers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hil.push.pap.codes import succeeded, words
from simulator.errors import CodecError, EncodeError

if TYPE_CHECKING:
    from lxml import etree

DOCTYPE = '<!DOCTYPE pap PUBLIC "-//WAPFORUM//DTD PAP 2.0//EN" "http://www.wapforum.org/DTD/pap_2.0.dtd">'
CONTROL_TYPE = "application/xml"
RELATED_TYPE = "multipart/related"

LONGEST = 64 * 1024
"""Octets of an answer that are looked at."""
_SHOWN = 200
"""Characters of a text of the gateway's own."""


@dataclass(frozen=True, slots=True)
class Quality:
    """quality-of-service: what is said of it is an attribute, None is left out."""

    delivery_method: str | None = None
    priority: str | None = None
    network: str | None = None
    bearer: str | None = None

    def attributes(self) -> dict[str, str]:
        said = {
            "priority": self.priority,
            "delivery-method": self.delivery_method,
            "network": self.network,
            "network-required": None if self.network is None else "true",
            "bearer": self.bearer,
            "bearer-required": None if self.bearer is None else "true",
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True)
class PushMessage:
    """push-message: whom a push is for, and how it is to go."""

    push_id: str
    address: str
    quality: Quality = Quality()
    deliver_before: datetime | None = None
    notify: str | None = None
    """ppg-notify-requested-to: where the gateway is to tell what became of the push."""

    def control(self) -> bytes:
        """The control entity."""
        from lxml import etree

        root = etree.Element("pap")
        try:
            push = etree.SubElement(root, "push-message", {"push-id": self.push_id})
            if self.deliver_before is not None:
                push.set("deliver-before-timestamp", _time(self.deliver_before))
            if self.notify is not None:
                push.set("ppg-notify-requested-to", self.notify)
            etree.SubElement(push, "address", {"address-value": self.address})
            quality = self.quality.attributes()
            if quality:
                etree.SubElement(push, "quality-of-service", quality)
        except ValueError as error:
            raise EncodeError(f"no XML can say this: {error}") from error
        document: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, doctype=DOCTYPE)
        return document


def related(control: bytes, headers: list[tuple[str, str]], body: bytes) -> tuple[str, bytes]:
    """The Content-Type of a request and its body. ``headers``: the content's, with its Content-Type.

    The boundary is one that nothing within has, and the same for the same push.
    """
    boundary, number = "dmrig-pap", 0
    while boundary.encode() in control + body:
        number += 1
        boundary = f"dmrig-pap-{number}"
    parts = [([("Content-Type", CONTROL_TYPE)], control), (headers, body)]
    octets = bytearray()
    for fields, content in parts:
        octets += f"--{boundary}\r\n".encode()
        octets += "".join(f"{name}: {value}\r\n" for name, value in fields).encode()
        octets += b"\r\n" + content + b"\r\n"
    octets += f"--{boundary}--\r\n".encode()
    return f'{RELATED_TYPE}; boundary={boundary}; type="{CONTROL_TYPE}"', bytes(octets)


@dataclass(frozen=True, slots=True)
class Response:
    """push-response, or badmessage-response: the gateway could not read what it got."""

    code: int
    description: str = ""
    push_id: str | None = None
    fragment: str = ""
    """What it could not read."""

    @property
    def succeeded(self) -> bool:
        return succeeded(self.code)

    def __str__(self) -> str:
        said = f"{self.code} {words(self.code)}"
        if self.description and self.description.lower() != words(self.code).lower():
            said += f" ({self.description})"
        return said + (f", about {self.fragment!r}" if self.fragment else "")


def read_response(document: bytes) -> Response:
    """What a gateway answered to a push. Raises `CodecError` for anything else."""
    root = _root(document)
    push = root.find("push-response")
    if push is not None:
        result = push.find("response-result")
        if result is None:
            raise CodecError("the push-response has no response-result")
        return Response(_code(result), _text(result, "desc"), push.get("push-id"))
    bad = root.find("badmessage-response")
    if bad is not None:
        return Response(_code(bad), _text(bad, "desc"), fragment=_text(bad, "bad-message-fragment"))
    found = ", ".join(child.tag for child in root if isinstance(child.tag, str)) or "nothing"
    raise CodecError(f"a push-response was expected, and the answer holds {found[:_SHOWN]}")


def _root(document: bytes) -> etree._Element:
    from lxml import etree

    if len(document) > LONGEST:
        raise CodecError(f"a PAP document of {len(document)} octets; {LONGEST} are read")
    # Gateways write a DOCTYPE; neither its DTD nor any entity is ever read.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(document.strip(b" \t\r\n\0"), parser)
    except etree.XMLSyntaxError as error:
        raise CodecError(f"this is no XML: {error.msg}") from None
    if root.tag != "pap":
        raise CodecError(f"a document <pap> was expected, and this is <{str(root.tag)[:_SHOWN]}>")
    return root


def _code(element: etree._Element) -> int:
    text = element.get("code", "")
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise CodecError(f"{element.tag} has the code {text[:_SHOWN]!r}; four digits were expected")
    return int(text)


def _text(element: etree._Element, name: str) -> str:
    return " ".join(element.get(name, "").split())[:_SHOWN]


def _time(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
