"""What the files of a card hold, in words: one function a file, by its name.

Each takes the file's octets (of a file of records: those of one record) and gives lines, or raises `CodecError` or
`ValueError` for what it cannot make sense of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hil.card.uicc.rules import read_expanded
from simulator.bootstrap import pkcs15
from simulator.bootstrap.identity import read_iccid, read_imsi
from simulator.codes.apdu import application_name
from simulator.syncml import wbxml

Lines = Iterator[str]
Reader = Callable[[bytes], Lines]

OPERATION = {
    0x00: "normal operation",
    0x80: "type approval operations",
    0x01: "normal operation, with specific facilities",
    0x81: "type approval operations, with specific facilities",
    0x02: "maintenance (off line)",
    0x04: "cell test operation",
}
"""EF(AD), octet 1 (TS 31.102 §4.2.18)."""


def _iccid(octets: bytes) -> Lines:
    yield f"ICCID {read_iccid(octets)}"


def _imsi(octets: bytes) -> Lines:
    yield f"IMSI {read_imsi(octets)}"


def _administrative_data(octets: bytes) -> Lines:
    if not octets:
        raise ValueError("EF(AD) is empty")
    yield f"mode: {OPERATION.get(octets[0], f'{octets[0]:02X}')}"
    if len(octets) > 3:
        digits = octets[3] & 0x0F
        yield f"digits of the network in the IMSI: {digits if digits in (2, 3) else 'not told'}"


def _service_provider(octets: bytes) -> Lines:
    name = octets[1:].rstrip(b"\xff")
    text = name[1:].decode("utf-16-be", "replace") if name[:1] == b"\x80" else name.decode("ascii", "replace")
    yield f"service provider: {text}" if text else "no name of a service provider"


def _directory(octets: bytes) -> Lines:
    for each in pkcs15.read_dir_record(octets):
        path = f", at {each.path.hex().upper()}" if each.path else ""
        label = f" {each.label!r}" if each.label else ""
        yield f"application {application_name(each.aid)}{label}: AID {each.aid.hex().upper()}{path}"


def _languages(octets: bytes) -> Lines:
    found = [octets[at : at + 2] for at in range(0, len(octets) - 1, 2)]
    known = [each.decode("ascii", "replace") for each in found if each != b"\xff\xff"]
    yield f"languages: {', '.join(known) or 'none'}"


def _objects(octets: bytes) -> Lines:
    for path in pkcs15.read_odf(octets):
        yield f"directory of data objects (DODF): {_path(path)}"


def _data_objects(octets: bytes) -> Lines:
    for each in pkcs15.read_dodf(octets):
        label = f" {each.label!r}" if each.label else ""
        twice = " (encoded twice)" if each.double_oid else ""
        kind = "without an identifier" if each.oid is None else f"{pkcs15.oid_name(each.oid)}{twice}"
        where = "nowhere" if each.path is None else _path(each.path)
        private = ", private" if each.flags & 1 or each.auth_id else ""
        yield f"object{label}, {kind}: {where}{private}"


def _path(path: pkcs15.Path) -> str:
    at = f" from {path.index}" if path.index is not None else ""
    size = f", {path.length} bytes" if path.length is not None else ""
    return f"{path.fids.hex().upper()}{at}{size}"


def _networks(octets: bytes) -> Lines:
    """Lists of networks: three octets each (TS 31.102 §4.2.16), as in EF(FPLMN)."""
    found = [octets[at : at + 3] for at in range(0, len(octets) - 2, 3)]
    names = [_network(each) for each in found if each != b"\xff\xff\xff"]
    yield f"networks: {', '.join(names) or 'none'}"


def _networks_with_access(octets: bytes) -> Lines:
    """The same with two octets of access technologies behind each (§4.2.5)."""
    found = [octets[at : at + 5] for at in range(0, len(octets) - 4, 5)]
    names = [f"{_network(each[:3])} ({each[3:].hex().upper()})" for each in found if each[:3] != b"\xff\xff\xff"]
    yield f"networks: {', '.join(names) or 'none'}"


def _network(octets: bytes) -> str:
    first, second, third = octets
    country = f"{first & 0xF:X}{first >> 4:X}{second & 0xF:X}"
    return f"{country}-{third & 0xF:X}{third >> 4:X}{second >> 4:X}".rstrip("F")


def _access_class(octets: bytes) -> Lines:
    mask = int.from_bytes(octets[:2], "big")
    yield f"access classes: {', '.join(str(n) for n in range(16) if mask >> n & 1) or 'none'}"


def _rule(octets: bytes) -> Lines:
    if not octets.strip(b"\xff"):
        yield "no rule"
        return
    yield str(read_expanded(octets))


def _number(octets: bytes) -> Lines:
    """A name, and a number in swapped digits in the last 14 octets (TS 31.102 §4.2.26)."""
    if len(octets) < 14 or not octets.strip(b"\xff"):
        yield "empty"
        return
    body = octets[-14:]
    name = octets[:-14].rstrip(b"\xff").decode("ascii", "replace")
    length = body[0] if body[0] <= 11 else 0
    digits = "".join(f"{octet & 0xF:X}{octet >> 4:X}" for octet in body[2 : 1 + max(length, 1)]).rstrip("F")
    plus = "+" if body[1] & 0x70 == 0x10 else ""
    yield f"{name or 'without a name'}: {plus}{digits or 'no number'}"


def _message(octets: bytes) -> Lines:
    from hil.decode import render
    from hil.decode.registry import read_as

    _, used = wbxml.decode_prefix(octets)
    yield from render.plain([read_as("dm-wbxml", octets[:used])]).splitlines()
    rest = octets[used:]
    if rest:
        padding = "padding" if not rest.strip(b"\xff") or not rest.strip(b"\x00") else "bytes that are no padding"
        yield f"{len(rest)} {padding} behind it"


BY_NAME: dict[str, Reader] = {
    "ICCID": _iccid,
    "IMSI": _imsi,
    "AD": _administrative_data,
    "SPN": _service_provider,
    "DIR": _directory,
    "PL": _languages,
    "LI": _languages,
    "ODF": _objects,
    "DODF-bootstrap": _data_objects,
    "FPLMN": _networks,
    "EHPLMN": _networks,
    "PLMNwAcT": _networks_with_access,
    "OPLMNwAcT": _networks_with_access,
    "HPLMNwAcT": _networks_with_access,
    "ACC": _access_class,
    "ARR": _rule,
    "ADN": _number,
    "FDN": _number,
    "SDN": _number,
    "MSISDN": _number,
}


NUMBERS = frozenset({"ADN", "FDN", "SDN", "MSISDN"})
"""Files of people's numbers."""


def reader_for(name: str) -> Reader | None:
    """Of a file's name; None where nothing is known of what it holds."""
    return _message if name.startswith("DM_Bootstrap") else BY_NAME.get(name)
