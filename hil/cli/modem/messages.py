"""Short messages as they pass, decoded: each by itself, and those in several parts again when they are whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from hil.decode.kinds.tpdu import segment_of
from hil.decode.layer import Damage, Layer
from hil.decode.opening import messages
from hil.decode.registry import read_as
from hil.decode.source import Given
from hil.modem.sms.fields import MessageType
from hil.trace.mask import Masker

MAX_UNFINISHED = 100
"""Messages of which parts are kept while the others have not come; then the oldest goes."""

RECEIVED = {MessageType.DELIVER: "deliver", MessageType.STATUS_REPORT: "status-report"}
SENT = {MessageType.SUBMIT: "submit"}


class Messages:
    def __init__(self, masker: Masker, kinds: Mapping[MessageType, str]) -> None:
        """``kinds``: how a TPDU is read, by its type (`RECEIVED`, `SENT`); any other as the first of them."""
        self._masker = masker
        self._kinds = kinds
        self._unfinished: dict[object, dict[int, tuple[Given, Layer]]] = {}
        """The parts of each message, by their number."""

    def take(self, tpdu: bytes, address: str) -> Iterator[Layer]:
        """The layers to show of a TPDU from that address: its own, and the message's that it completes."""
        self._masker.add(address.lstrip("+"))
        kind = next(iter(self._kinds.values()))
        if tpdu:
            kind = self._kinds.get(MessageType(tpdu[0] & 0x3), kind)
        layer = read_as(kind, tpdu)
        segment = segment_of(tpdu, kind) if tpdu else None
        yield masked(layer, self._masker)
        if segment is None:
            return
        part = segment.part
        key = (segment.address, part.reference, part.wide, part.total, segment.ports, segment.scheme)
        parts = self._unfinished.setdefault(key, {})
        parts[part.sequence] = (Given(tpdu), layer)
        if len(parts) == part.total:
            del self._unfinished[key]
            for whole in messages(list(parts.values())):
                yield masked(whole, self._masker)
        elif len(self._unfinished) > MAX_UNFINISHED:
            del self._unfinished[next(iter(self._unfinished))]


def masked(layer: Layer, masker: Masker) -> Layer:
    """The layer as it may be shown."""
    damage = layer.damage
    return replace(
        layer,
        title=masker.text(layer.title),
        fields=[(name, masker.fields({name: value})[name]) for name, value in layer.fields],
        children=[masked(child, masker) for child in layer.children],
        damage=damage and Damage(masker.text(damage.reason), damage.offset),
    )
