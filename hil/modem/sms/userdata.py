"""TP-UDL and TP-UD: header, fill bits and payload (TS 23.040 §9.2.3.16, §9.2.3.24).

The *payload* is what follows the header: octets, or a septet string (one septet in each byte) when the data
coding scheme says GSM 7-bit.
"""

from __future__ import annotations

from hil.modem.sms import alphabet
from hil.modem.sms.coding import Alphabet, alphabet_of, compressed
from hil.modem.sms.cursor import Cursor
from hil.modem.sms.udh import UserDataHeader
from simulator.errors import CodecError, EncodeError

MAX_OCTETS = 140
MAX_SEPTETS = 160


def encode(payload: bytes, header: UserDataHeader | None, scheme: int) -> bytes:
    """TP-UDL and TP-UD. Raises `EncodeError` when it is more than 140 octets."""
    head = header.encode() if header is not None else b""
    if alphabet_of(scheme) is Alphabet.GSM7:
        if payload and max(payload) > 0x7F:
            raise EncodeError("the payload of a GSM 7-bit message is septets, one in each byte")
        length = alphabet.header_septets(len(head)) + len(payload)
        data = head + alphabet.pack(payload, alphabet.fill_bits(len(head)))
    else:
        data = head + payload
        length = len(data)
    if len(data) > MAX_OCTETS:
        raise EncodeError(f"user data of {len(data)} octets does not fit into one message ({MAX_OCTETS})")
    return bytes([length]) + data


def read(cursor: Cursor, has_header: bool, scheme: int) -> tuple[bytes, UserDataHeader | None]:
    """Read TP-UDL and TP-UD; returns payload and header."""
    septets = alphabet_of(scheme) is Alphabet.GSM7
    start = cursor.offset
    length = cursor.octet("TP-UDL")
    limit, unit = (MAX_SEPTETS, "septets") if septets else (MAX_OCTETS, "octets")
    if length > limit:
        raise CodecError(f"TP-UDL says {length} {unit}, {limit} are allowed", offset=start)
    body = cursor.inner((7 * length + 7) // 8 if septets else length, "TP-UD")
    first = body.offset
    header = UserDataHeader.read(body) if has_header else None
    head = body.offset - first
    if not septets:
        return body.rest(), header
    count = length - alphabet.header_septets(head)
    if count < 0:
        raise CodecError("the user data header is longer than TP-UDL says", offset=start)
    return alphabet.unpack(body.rest(), count, alphabet.fill_bits(head)), header


def text(payload: bytes, scheme: int) -> str | None:
    """The payload as text; None when it is data, or compressed. Damaged UCS2 shows replacement characters."""
    coded = alphabet_of(scheme)
    if coded is Alphabet.DATA8 or compressed(scheme):
        return None
    if coded is Alphabet.GSM7:
        return alphabet.decode(payload)
    return payload.decode("utf-16-be", "replace")
