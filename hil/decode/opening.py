"""From the pieces that were given to their layers: guessing, and putting SMS segments together."""

from __future__ import annotations

from collections.abc import Sequence

from hil.decode.kinds import userdata
from hil.decode.kinds.tpdu import Segment, segment_of
from hil.decode.layer import Damage, Layer
from hil.decode.registry import guess, read_as
from hil.decode.source import Given, joined
from hil.errors import UsageError
from hil.modem.sms import userdata as codec
from hil.modem.sms.coding import Alphabet, alphabet_of

SMS_KINDS = frozenset({"sms", "deliver", "submit", "status-report", "deliver-report", "submit-report"})


def open_all(given: Sequence[Given], kind: str | None = None) -> list[Layer]:
    """The layers of everything given, messages in several SMS after their parts; empty: nothing was recognised.

    ``kind`` says what it is, otherwise that is found out. Lines of hex are one SMS each where all of them are
    SMS, else one dump. Of several records of a run only those are opened in which a message is recognised.

    Raises `UsageError` for several records that shall all be of one kind.
    """
    recorded = any(piece.record is not None for piece in given)
    if recorded and len(given) > 1:
        if kind is not None:
            raise UsageError("--as says what one record is", hint="choose it with --seq N")
        given = [piece for piece in given if _recognised(piece)]
    elif len(given) > 1 and all(piece.tpdu_length is None for piece in given) and kind not in SMS_KINDS:
        each = [] if kind else [guess(piece.octets) for piece in given]
        if not each or not all(layer and layer.kind in SMS_KINDS and not layer.damage for layer in each):
            given = [Given(joined(list(given)))]
    opened: list[tuple[Given, Layer]] = []
    for piece in given:
        layer = _open(piece, kind)
        if layer is not None:
            if piece.record is not None:
                about = [("recorded as", piece.record.about)] if piece.record.about else []
                layer.fields[:0] = [("record", piece.record.seq), *about]
            opened.append((piece, layer))
    return [layer for _, layer in opened] + messages(opened)


def open_found(found: Sequence[tuple[bytes, str | None, str]]) -> list[Layer]:
    """The layers of octets that were found somewhere: each with its kind (None: to be found out) and where it was.

    What nobody knows is left out; messages in several SMS come after their parts.
    """
    opened: list[tuple[Given, Layer]] = []
    for octets, kind, about in found:
        layer = guess(octets) if kind is None else read_as(kind, octets)
        if layer is not None:
            layer.fields.insert(0, ("found in", about))
            opened.append((Given(octets), layer))
    return [layer for _, layer in opened] + messages(opened)


def _recognised(piece: Given) -> bool:
    """Whether a record holds a message. What is damaged counts only when it is no card's or modem's chatter."""
    layer = guess(piece.octets)
    chatter = piece.record is None or piece.record.kind in ("", "at")
    return layer is not None and not (chatter and layer.damages)


def _open(piece: Given, kind: str | None) -> Layer | None:
    if kind is None and piece.tpdu_length is None:
        return guess(piece.octets)
    layer = read_as(kind or "sms", piece.octets)
    length = piece.tpdu_length
    if length is not None and layer.kind == "sms":
        for inner in layer.children:
            seen = inner.end - inner.start
            if seen != length and layer.damage is None:
                reason = f"the AT line says that the TPDU has {length} octets, and it has {seen}"
                layer.damage = Damage(reason, inner.start)
    return layer


def messages(opened: Sequence[tuple[Given, Layer]]) -> list[Layer]:
    """A layer for each message that came in several segments."""
    groups: dict[object, list[Segment]] = {}
    for piece, layer in opened:
        if layer.kind not in SMS_KINDS or (not layer.children and layer.damage):
            continue
        segment = segment_of(piece.octets, layer.kind)
        if segment is not None:
            part = segment.part
            key = (segment.address, part.reference, part.wide, part.total, segment.ports, segment.scheme)
            groups.setdefault(key, []).append(segment)
    return [_message(segments) for segments in groups.values()]


def _message(segments: list[Segment]) -> Layer:
    first = segments[0]
    total = first.part.total
    pieces = {segment.part.sequence: segment.payload for segment in reversed(segments)}
    missing = [number for number in range(1, total + 1) if number not in pieces]
    together = b""
    for number in range(1, (missing[0] if missing else total + 1)):
        together += pieces[number]
    layer = Layer("message", f"SMS message in {total} parts", end=len(together))
    layer.add("address", first.address)
    if missing:
        names = ", ".join(map(str, missing))
        what = f"part {names} of {total} is" if len(missing) == 1 else f"parts {names} of {total} are"
        layer.damage = Damage(f"{what} not here; give all of them, one a line", len(together))
    if alphabet_of(first.scheme) is Alphabet.DATA8:
        if together:
            userdata.open_payload(layer, first.ports, together, 0)
    else:
        layer.add("text", codec.text(together, first.scheme))
    return layer
