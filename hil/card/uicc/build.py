"""A virtual UICC made from a card image: the file system of a SIM with, perhaps, a DM bootstrap."""

from __future__ import annotations

from collections.abc import Callable

from hil.card.image import CardImage
from hil.card.message import messages_of, spoiled
from hil.card.uicc.card import Uicc
from hil.card.uicc.cat.build import web_of
from hil.card.uicc.files import Df, Ef, LifeCycle
from hil.card.uicc.given import given_files, given_pins
from hil.card.uicc.references import complete_rules
from hil.card.uicc.rules import ALWAYS, NEVER, PIN, Condition, Rules
from hil.card.uicc.state import Behaviour
from hil.errors import UsageError
from hil.tls.run import RunCertificates
from simulator.bootstrap import tlv
from simulator.bootstrap.identity import write_iccid, write_imsi
from simulator.bootstrap.pkcs15 import (
    OID_DM_BOOTSTRAP,
    PRIVATE,
    Application,
    DataObject,
    Path,
    Shape,
    write_dir_record,
    write_dodf,
    write_odf,
)
from simulator.codes.apdu import (
    AID_PKCS15,
    AID_USIM,
    CURRENT_ADF,
    DF_GSM,
    DF_PKCS15,
    EF_AD,
    EF_DIR,
    EF_DM_BOOTSTRAP,
    EF_DODF_BOOTSTRAP,
    EF_ICCID,
    EF_IMSI,
    EF_ODF,
    EF_TOKEN_INFO,
    MF,
)

FOREIGN_DODF = 0x5207
"""Where GlobalPlatform's access rules have their directory, on cards that have both."""
FOREIGN_OBJECT = 0x4200
FOREIGN_OID = bytes.fromhex("2A864886FC6B81480101")
"""1.2.840.114283.200.1.1: GlobalPlatform device access control."""

USIM = AID_USIM + bytes.fromhex("FF33FF018900000100")

TOKEN_INFO = tlv.write(
    0x30,
    tlv.write(0x02, b"\x00"),
    tlv.write(0x04, bytes.fromhex("D0A1B280")),
    tlv.write(0x80, b"DM bootstrap"),
    tlv.write(0x03, b"\x07\x80"),
)
"""PKCS #15 TokenInfo (§6.9): version 0, serial number, label, and the flag read-only."""

_OTHER_OIDS = (bytes.fromhex("672B0501"), bytes.fromhex("672B0901"))
"""A wap-provisioning and a LwM2M bootstrap: neighbours that are not ours."""

LONGEST_FILE = 0xFFFF
"""What the two octets of a file's size can say. READ BINARY reaches 32 KiB of it."""

_GARBAGE = bytes.fromhex("A55A01FE37")


def build(
    image: CardImage, certificates: RunCertificates | None = None, told: Callable[[str], None] | None = None
) -> Uicc:
    """The card of an image whose variables are substituted. Raises `UsageError` for what no card can hold.

    ``certificates``: where the certificate of the card's web server is from; without, from an authority that
    nobody will know. ``told`` hears what that server is asked, perhaps in another thread.
    """
    layout = image.layout
    web, toolkit = web_of(image, certificates, told)
    mf = given_files(image)
    applications = [Application(each.aid, each.label) for each in image.applications if each.listed]
    if image.iccid:
        mf.add(Ef(EF_ICCID, bytearray(write_iccid(image.iccid)), sfi=2, rules=Rules(update=NEVER)))
    if image.imsi:
        applications += _add_subscription(mf, image.imsi)
    # An image with files of its own says by them whether there is a PKCS #15 application without a bootstrap.
    if layout.application != "none" and (image.bootstrap or not image.explicit):
        applications.append(_add_pkcs15(mf, image))
    if layout.dir != "none" and applications:
        _add_directory(mf, applications)
    complete_rules(mf)
    for file in mf.everything():
        if isinstance(file, Ef) and file.records is None:
            file.size_told = layout.sizes
    return Uicc(
        mf,
        given_pins(image),
        Behaviour(
            layout.mode,
            layout.answers,
            layout.over_read,
            layout.channels,
            layout.extended,
            image.faults.removed_after,
            image.faults.slow,
        ),
        toolkit=toolkit,
        atr=image.atr,
        web=web,
    )


def _add_subscription(mf: Df, imsi: str) -> list[Application]:
    """EF(IMSI) in the USIM and where a SIM has it; returns the USIM when it was not there."""
    usim = next((df for df in mf.named() if df.aid.startswith(AID_USIM)), None)
    gsm = mf.files.get(DF_GSM)
    made = usim is None
    if usim is None:
        mf.add(usim := Df(None, USIM))
    if not isinstance(gsm, Df):
        mf.add(gsm := Df(DF_GSM))
    for directory in (usim, gsm):
        directory.add(Ef(EF_IMSI, bytearray(write_imsi(imsi)), sfi=7, rules=Rules(read=PIN)))
        if EF_AD not in directory.files:
            directory.add(Ef(EF_AD, bytearray(b"\x00\x00\x00\x02"), sfi=3))
    return [Application(USIM, "USIM")] if made else []


def _add_directory(mf: Df, applications: list[Application]) -> None:
    """EF(DIR), or what the image's own one lacks."""
    records = {each.aid: bytearray(write_dir_record(each)) for each in applications}
    own = mf.files.get(EF_DIR)
    if not isinstance(own, Ef) or own.records is None:
        size = max(48, *map(len, records.values()))
        mf.add(Ef(EF_DIR, records=[record.ljust(size, b"\xff") for record in records.values()], sfi=30))
        return
    for aid, record in records.items():
        if any(aid in each for each in own.records):
            continue
        if len(record) > own.record_size:
            raise UsageError(f"EF(DIR) has records of {own.record_size} bytes; one of {len(record)} is needed")
        record = record.ljust(own.record_size, b"\xff")
        empty = next((n for n, each in enumerate(own.records) if not each.strip(b"\xff")), None)
        if empty is None:
            own.records.append(record)
            own.told = own.told_sim = b""
        else:
            own.records[empty] = record


def _add_pkcs15(mf: Df, image: CardImage) -> Application:
    layout = image.layout
    in_adf = layout.application == "adf"
    home = next((df for df in mf.named() if df.aid.startswith(AID_PKCS15)), None)
    if home is None:
        mf.add(home := Df(None if in_adf else DF_PKCS15, AID_PKCS15 + layout.aid_suffix))
    read = PIN if layout.read == "pin" else ALWAYS
    home.add(Ef(EF_TOKEN_INFO, bytearray(TOKEN_INFO)))
    extents = _add_messages(home, image, read)
    objects = [
        _foreign(oid, EF_DM_BOOTSTRAP + 0x20 + n) for n, oid in enumerate(_OTHER_OIDS) if layout.foreign_objects
    ]
    objects += [_entry(image, fid, index, length) for fid, index, length in extents]
    directories = [_path(image, EF_DODF_BOOTSTRAP)]
    if layout.foreign_dodf:
        directories.insert(0, _path(image, FOREIGN_DODF))
        home.add(Ef(FOREIGN_DODF, _padded(write_dodf([_foreign(FOREIGN_OID, FOREIGN_OBJECT)]), image)))
    home.add(Ef(EF_DODF_BOOTSTRAP, _padded(write_dodf(objects), image), rules=Rules(read)))
    home.add(Ef(EF_ODF, _padded(write_odf(directories), image)))
    path = b"" if in_adf or layout.dir == "without path" else _fids(MF, DF_PKCS15)
    return Application(home.aid, "PKCS#15", path)


def _add_messages(home: Df, image: CardImage, read: Condition) -> list[tuple[int, int | None, int | None]]:
    """Put the messages into files; returns file identifier, index and length for each Path."""
    messages = [spoiled(message, n, image.faults) for n, message in enumerate(messages_of(image), 1)]
    life_cycle = LifeCycle.DEACTIVATED if image.faults.deactivated else LifeCycle.ACTIVATED
    contents = [message[: max(0, len(message) - image.faults.truncated)] for message in messages]
    padding = _padding(image.layout.padding, image.layout.padding_size)
    extents: list[tuple[int, int | None, int | None]] = []
    files: list[bytes] = []
    for n, content in enumerate(contents):
        length = len(messages[n])
        if image.layout.extent == "index":
            extents.append((EF_DM_BOOTSTRAP, sum(map(len, contents[:n])), length))
        else:
            known = image.layout.extent == "length"
            extents.append((EF_DM_BOOTSTRAP + n, None, length if known else None))
            files.append(content + padding)
    if image.layout.extent == "index" and contents:
        files.append(b"".join(contents) + padding)
    for n, content in enumerate(files):
        if len(content) > LONGEST_FILE:
            raise UsageError(f"a bootstrap file of {len(content)} bytes: a card's file has at most {LONGEST_FILE}")
        home.add(Ef(EF_DM_BOOTSTRAP + n, bytearray(content), rules=Rules(read), life_cycle=life_cycle))
    return extents


def _entry(image: CardImage, fid: int, index: int | None, length: int | None) -> DataObject:
    private = image.layout.read == "pin"
    place = _path(image, fid)
    return DataObject(
        OID_DM_BOOTSTRAP,
        Path(place.fids, index, length),
        label="DM Bootstrap",
        flags=PRIVATE if private else 0,
        auth_id=b"\x01" if private else None,
        shape=Shape(image.layout.shape),
        double_oid=image.faults.double_encoded_oid,
    )


def _foreign(oid: bytes, fid: int) -> DataObject:
    return DataObject(oid, Path(_fids(fid)), label="other", shape=Shape.OID)


def _path(image: CardImage, fid: int) -> Path:
    match image.layout.paths:
        case "relative":
            return Path(_fids(fid))
        case "absolute":
            return Path(_fids(MF, CURRENT_ADF if image.layout.application == "adf" else DF_PKCS15, fid))
        case head:
            return Path(bytes.fromhex(head) + _fids(fid))


def _padded(content: bytes, image: CardImage) -> bytearray:
    return bytearray(content + _padding(image.layout.directory_padding, 16))


def _padding(kind: str, size: int) -> bytes:
    match kind:
        case "none":
            return b""
        case "garbage":
            return (_GARBAGE * (size // len(_GARBAGE) + 1))[:size]
        case octet:
            return bytes.fromhex(octet) * size


def _fids(*fids: int) -> bytes:
    return b"".join(fid.to_bytes(2, "big") for fid in fids)
