"""Reading bootstrap messages from a smart card (DM Bootstrap §5.5.6 and its smartcard appendix).

EF(DIR) → PKCS #15 application → EF(ODF) → EF(DODF) → the file whose object identifier is the DM bootstrap's.
`read_bootstrap` is a dialogue without a reader: it yields C-APDUs and is sent R-APDUs. It tries no PIN that nobody
gave it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from simulator.bootstrap import pkcs15, policy
from simulator.bootstrap.access import MAX_FILE, Selected, SimAccess, Structure, UiccAccess
from simulator.bootstrap.apdu import Dialogue, Refused, command, exchange
from simulator.bootstrap.identity import read_iccid, read_imsi
from simulator.bootstrap.pin import Ask, Pins
from simulator.bootstrap.pkcs15 import OID_DM_BOOTSTRAP, Application, DataObject, Path
from simulator.bootstrap.policy import CardPolicy
from simulator.codes.apdu import (
    AID_PKCS15,
    AID_USIM,
    DF_GSM,
    DF_PKCS15,
    EF_DIR,
    EF_ICCID,
    EF_IMSI,
    EF_ODF,
    FALLBACK_TO_SIM,
    MF,
    NOT_THERE,
    PROTECTED,
    Ins,
    meaning,
)
from simulator.errors import CardError, CodecError
from simulator.syncml import wbxml

T = TypeVar("T")

MAX_DIRECTORIES = 16
"""DODFs looked into."""

MAX_MESSAGES = 16

ICCID = "the ICCID"
DIRECTORY = "EF(DIR)"

_SOME_USIM = Application(AID_USIM, "USIM")


@dataclass(slots=True)
class CardBootstrap:
    """What a card says about itself and its DM servers."""

    iccid: str | None = None
    imsi: str | None = None
    messages: list[bytes] = field(default_factory=list)
    """Bootstrap messages in the card's order, without padding. One that cannot be decoded is here too, as it
    was read: whoever applies it refuses it. Empty for a bare card."""
    notes: list[str] = field(default_factory=list)
    """Why there is no message, and what about the card is not as the standard wants it."""
    pins: dict[int, bool] = field(default_factory=dict)
    """By key reference: a PIN that was tried, and whether it was right."""
    rejected: str | None = None
    """Why the device does not use this card (SIM lock): nothing but its identities was read."""
    unread: list[str] = field(default_factory=list)
    """What the card has, or may have, and did not hand over whole: refused for another reason than that it is not
    there, or damaged. Not empty: there may be more messages on the card than these."""


def read_bootstrap(
    ask: Ask | None = None, policy: CardPolicy = policy.USUAL, found: CardBootstrap | None = None
) -> Dialogue[CardBootstrap]:
    """Read a card's identities, and its bootstrap messages if ``policy`` lets the device use them.

    ``ask`` is asked for a PIN when a file wants one, told how many tries are left.

    A card without them is a normal result: ``notes`` says what is missing. Raises `CardError` when the card
    does not keep to the protocol; what was read up to there is in ``found``, if that was given. A logical channel
    opened on the way is closed again, also then.
    """
    result = found if found is not None else CardBootstrap()
    access = yield from _enter()
    pins = Pins(ask, result.notes, result.pins)
    applications = yield from _read_dir(access, result)
    imsi_is_there = yield from _read_identities(access, applications, pins, result)
    result.rejected = policy.refusal(result.iccid, result.imsi)
    if policy.mismatch(result.iccid, result.imsi) is not None:
        result.unread.clear()  # Whatever else is on it.
    elif result.rejected is not None and result.imsi is None and imsi_is_there:
        result.unread.append("the IMSI")
    if policy.use and result.rejected is None:
        yield from _read_application(access, applications, pins, result)
    return result


def _enter() -> Dialogue[UiccAccess]:
    access = UiccAccess()
    try:
        yield from access.select(_fid(MF))
    except Refused as refused:
        if refused.sw not in FALLBACK_TO_SIM:
            raise
        access = SimAccess()
        yield from access.select(_fid(MF))
    return access


def _read_dir(access: UiccAccess, result: CardBootstrap) -> Dialogue[list[Application]]:
    try:
        selected = yield from access.select(_fid(EF_DIR))
        records = yield from access.read_records(selected)
    except Refused as refused:
        result.notes.append(f"{DIRECTORY} is not readable: {_why(refused)}")
        _missed(DIRECTORY, result, refused)
        return []
    applications: list[Application] = []
    for number, record in enumerate(records, 1):
        try:
            applications += pkcs15.read_dir_record(record)
        except CodecError as error:
            result.notes.append(f"{DIRECTORY} record {number} is damaged: {error}")
            _missed(DIRECTORY, result)
    return applications


def _read_identities(
    access: UiccAccess, applications: list[Application], pins: Pins, result: CardBootstrap
) -> Dialogue[bool]:
    """Whether there is an IMSI, read or not. That it is not read is usual, and matters to a SIM lock alone."""

    def iccid() -> Dialogue[Selected]:
        return access.select(_fid(MF) + _fid(EF_ICCID))

    def imsi() -> Dialogue[Selected]:
        if isinstance(access, SimAccess):
            return (yield from access.select(_fid(MF) + _fid(DF_GSM) + _fid(EF_IMSI)))
        # A card without EF(DIR) may have a USIM all the same: the first part of its AID finds it.
        usim = next((entry for entry in applications if entry.aid.startswith(AID_USIM)), _SOME_USIM)
        yield from access.select_application(usim)
        return (yield from access.find(usim, _fid(EF_IMSI)))

    try:
        _, content = yield from _read_content(access, iccid, 0, 10, pins)
        if len(content) < 10:
            # The beginning of an ICCID would be taken for another card's.
            raise CodecError(f"EF(ICCID) gave {len(content)} bytes; 10 expected")
        result.iccid = pins.iccid = read_iccid(content)
    except Refused as refused:
        result.notes.append(f"{ICCID} is not readable: {_why(refused)}")
        _missed(ICCID, result, refused)
    except CodecError as error:
        result.notes.append(f"{ICCID} is not readable: {error}")
        _missed(ICCID, result)
    try:
        _, content = yield from _read_content(access, imsi, 0, 9, pins)
        result.imsi = read_imsi(content)
    except Refused as refused:
        result.notes.append(f"the IMSI is not readable: {_why(refused)}")
        return refused.sw not in NOT_THERE
    except CodecError as error:
        result.notes.append(f"the IMSI is not readable: {error}")
    return True


def _read_application(
    access: UiccAccess, applications: list[Application], pins: Pins, result: CardBootstrap
) -> Dialogue[None]:
    # An issuer may add to the AID: what EF(DIR) says goes before the bare AID.
    application = next(
        (entry for entry in applications if entry.aid.startswith(AID_PKCS15)),
        Application(AID_PKCS15, "PKCS#15", _fid(MF) + _fid(DF_PKCS15) if isinstance(access, SimAccess) else b""),
    )
    if isinstance(access, SimAccess):
        if not application.path:
            application = Application(application.aid, application.label, _fid(MF) + _fid(DF_PKCS15))
        yield from _read_messages(access, application, pins, result)
        return
    channel = yield from _open_channel(result)
    try:
        yield from _read_messages(UiccAccess(channel), application, pins, result)
    except CardError:
        if channel:
            yield from _close_channel(channel)
        raise
    if channel:
        yield from _close_channel(channel)


def _open_channel(result: CardBootstrap) -> Dialogue[int]:
    answer = yield from exchange(command(0x00, Ins.MANAGE_CHANNEL, 0x00, 0x00, le=1))
    if not answer.ok:
        result.notes.append(
            f"the card opens no logical channel ({answer.sw:04X}: {meaning(answer.sw)}); the basic channel is used"
        )
        return 0
    if len(answer.data) != 1 or not 1 <= answer.data[0] <= 19:
        raise CardError(
            f"the card opened a logical channel and calls it {answer.data.hex() or 'nothing'}; 01 to 13 expected",
            sw=answer.sw,
        )
    return answer.data[0]


def _close_channel(channel: int) -> Dialogue[None]:
    # Whatever the card says to this, nothing more can be done about it.
    yield command(0x00, Ins.MANAGE_CHANNEL, 0x80, channel)


def _read_messages(
    access: UiccAccess, application: Application, pins: Pins, result: CardBootstrap
) -> Dialogue[None]:
    try:
        yield from access.select_application(application)
    except Refused as refused:
        if refused.sw in NOT_THERE:
            result.notes.append(f"the card has no PKCS#15 application, so no bootstrap: {_why(refused)}")
        else:
            result.notes.append(f"the card's PKCS#15 application is not readable: {_why(refused)}")
            _missed("the PKCS#15 application", result, refused)
        return
    if DIRECTORY in result.unread:
        result.unread.remove(DIRECTORY)  # It could not have said more than where the application is.
    odf = yield from _read_file(access, application, Path(_fid(EF_ODF)), "EF(ODF)", pins, result)
    if odf is None:
        return
    directories = _entries(pkcs15.read_odf, odf, "EF(ODF)", result)
    if not directories:
        result.notes.append("EF(ODF) names no directory of data objects")
    if len(directories) > MAX_DIRECTORIES:
        result.notes.append(f"EF(ODF) names {len(directories)} directories; {MAX_DIRECTORIES} are read")
    objects: list[DataObject] = []
    unread = 0
    for path in directories[:MAX_DIRECTORIES]:
        name = f"EF(DODF) {path.fids.hex().upper()}"
        content = yield from _read_file(access, application, path, name, pins, result)
        if content is None:
            unread += 1
        else:
            objects += _entries(pkcs15.read_dodf, content, name, result)
    bootstraps = [entry for entry in objects if entry.oid == OID_DM_BOOTSTRAP]
    if directories and not bootstraps and not unread:
        others = ", ".join(pkcs15.oid_name(entry.oid) for entry in objects[:8] if entry.oid)
        result.notes.append(
            "no directory names a DM bootstrap (2.23.43.7.1)" + (f"; there are {others}" if others else "")
        )
    if len(bootstraps) > MAX_MESSAGES:
        result.notes.append(f"the card names {len(bootstraps)} bootstrap messages; {MAX_MESSAGES} are read")
    for entry in bootstraps[:MAX_MESSAGES]:
        yield from _read_message(access, application, entry, pins, result)


def _read_message(
    access: UiccAccess, application: Application, entry: DataObject, pins: Pins, result: CardBootstrap
) -> Dialogue[None]:
    if entry.double_oid:
        result.notes.append("the object identifier of the bootstrap is encoded twice; taken as meant")
    if entry.path is None:
        result.notes.append("the bootstrap's directory entry names no file")
        return
    name = f"EF(DM_Bootstrap) {entry.path.fids.hex().upper()}"
    content = yield from _read_file(access, application, entry.path, name, pins, result)
    if content is None:
        return
    if not content.strip(b"\xff") or not content.strip(b"\x00"):
        result.notes.append(f"{name} is empty")
        return
    try:
        _, used = wbxml.decode_prefix(content)
    except CodecError as error:
        result.notes.append(f"{name} holds {len(content)} bytes that are no whole message: {error}")
        if _is_message(content[2:]):
            result.notes.append(f"{name}: two octets stand before a message, as if its length; DM has none there")
        result.messages.append(content)
        return
    rest = content[used:]
    if rest.strip(b"\xff") and rest.strip(b"\x00"):
        result.notes.append(f"{name}: {len(rest)} bytes that are no padding follow the message; left out")
    result.messages.append(content[:used])


def _is_message(content: bytes) -> bool:
    try:
        wbxml.decode_prefix(content)
    except CodecError:
        return False
    return True


def _read_file(
    access: UiccAccess, application: Application, path: Path, name: str, pins: Pins, result: CardBootstrap
) -> Dialogue[bytes | None]:
    """The part of a file that a path names; None when it cannot be read, with a note that says why."""

    def find() -> Dialogue[Selected]:
        selected = yield from access.find(application, path.fids)
        if not selected.active and (told := f"{name} is deactivated") not in result.notes:
            result.notes.append(told)
        return selected

    try:
        selected, content = yield from _read_content(access, find, path.index or 0, path.length, pins)
    except Refused as refused:
        result.notes.append(f"{name} is not readable: {_why(refused)}")
        _missed(name, result, refused)
        return None
    if selected.structure in (Structure.RECORDS, Structure.DIRECTORY):
        result.notes.append(f"{name} is no transparent file ({selected.structure.value})")
        _missed(name, result)
        return None
    if (path.index or 0) >= (end := MAX_FILE if selected.size is None else min(selected.size, MAX_FILE)) > 0:
        reach = "READ BINARY reaches no further than" if end == MAX_FILE else "the file has"
        result.notes.append(f"{name}: the path to it begins at byte {path.index}, and {reach} {end} bytes")
        _missed(name, result)
        return None
    _note_extent(selected, path, len(content), name, result)
    return content


def _read_content(
    access: UiccAccess, find: Callable[[], Dialogue[Selected]], offset: int, length: int | None, pins: Pins
) -> Dialogue[tuple[Selected, bytes]]:
    """What the card tells of a file, and what is in it; of one that is no transparent file, nothing.

    A file that wants a PIN is tried once more after the PIN was entered. Raises `Refused`.
    """
    selected: Selected | None = None
    try:
        selected = yield from find()
        return selected, (yield from _octets(access, selected, offset, length))
    except Refused as error:
        if error.sw not in PROTECTED or not (yield from pins.open(access, selected)):
            raise
    selected = yield from find()
    return selected, (yield from _octets(access, selected, offset, length))


def _octets(access: UiccAccess, selected: Selected, offset: int, length: int | None) -> Dialogue[bytes]:
    if selected.structure in (Structure.RECORDS, Structure.DIRECTORY):
        return b""
    return (yield from access.read_binary(selected, offset, length))


def _note_extent(selected: Selected, path: Path, got: int, name: str, result: CardBootstrap) -> None:
    """Say when a file gave less than its description or the path to it promises."""
    there = None if selected.size is None else max(0, selected.size - (path.index or 0))
    expected = there if path.length is None else path.length
    if there is not None and got < min(there, expected or 0, MAX_FILE - (path.index or 0)):
        _missed(name, result)
    if expected is None or got >= expected:
        return
    limit = f"; no more than {MAX_FILE} bytes are read of a file" if expected > MAX_FILE - got else ""
    result.notes.append(f"{name} should have {expected} bytes and gave {got}{limit}")


def _entries(read: Callable[[bytes], list[T]], content: bytes, name: str, result: CardBootstrap) -> list[T]:
    """The entries of a directory file; of a damaged one, those that are sound."""
    try:
        return read(content)
    except CodecError as error:
        result.notes.append(f"{name} is damaged: {error}")
        _missed(name, result)
        return error.partial if isinstance(error.partial, list) else []


def _missed(name: str, result: CardBootstrap, refused: Refused | None = None) -> None:
    """Keep in mind what could not be read, unless the card says that there is nothing to read."""
    if (refused is None or refused.sw not in NOT_THERE) and name not in result.unread:
        result.unread.append(name)


def _why(refused: Refused) -> str:
    if refused.sw in PROTECTED:
        return f"it is protected by a PIN or a key ({refused.sw:04X})"
    return str(refused)


def _fid(fid: int) -> bytes:
    return fid.to_bytes(2, "big")
