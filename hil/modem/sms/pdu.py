"""A TPDU on the AT interface: hex digits, with the service centre's address in front (TS 27.005 §3.1).

``length`` in +CMT, +CMGR, +CMGL, +CMGS and +CNMA counts the octets of the TPDU only.
"""

from __future__ import annotations

from hil.modem.sms.address import Address, encode_smsc, read_smsc
from hil.modem.sms.cursor import Cursor
from simulator.errors import CodecError

MAX_DIGITS = 2 * 255
"""More hex digits than any PDU has."""


def encode(tpdu: bytes, smsc: Address | None = None) -> str:
    """The hex digits to send or to show. Raises `simulator.errors.EncodeError`."""
    return (encode_smsc(smsc) + tpdu).hex().upper()


def decode(digits: str, length: int | None = None) -> tuple[Address | None, bytes]:
    """The service centre's address and the TPDU.

    Octets beyond ``length`` are dropped, because modems pad; fewer are a `CodecError`.
    """
    if len(digits) > MAX_DIGITS:
        raise CodecError(f"a PDU of {len(digits)} hex digits is longer than any SMS")
    try:
        # fromhex alone would take spaces between the digits
        octets = bytes.fromhex(digits) if digits.isalnum() else b""
    except ValueError:
        octets = b""
    if not octets:
        raise CodecError(f"a PDU has to be pairs of hex digits, not {digits[:40]!r}")
    cursor = Cursor(octets)
    smsc = read_smsc(cursor)
    return smsc, cursor.take(cursor.left if length is None else length, "the TPDU")
