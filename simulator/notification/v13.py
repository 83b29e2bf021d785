"""The notification of DM 1.3: a header of fixed size, options, digest.

The standard's clauses fix what the fields mean (DM Notification 1.3 §6.4.1 VER = 1 … §6.4.9 SESSIONID,
§6.4.10 TIMEOUT in days); their order and widths here are this project's proposal (docs/standards.md). They
are one table, a `Layout`, and every function takes another one: nothing else knows where a field lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from simulator.errors import CodecError, EncodeError, NotificationError
from simulator.notification.bits import BitField, BitTable
from simulator.notification.model import Format, Initiator, Notification, Option, UIMode
from simulator.notification.options import OPTIONS, SERVER_ID, name


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything lies. A field that the header has not got takes its value from ``fixed``, or is 0."""

    header: BitTable
    option_header: BitTable
    digests: Mapping[int, str | None]
    """DIGEST-TYPE to the name of the hash; None: no digest."""
    version: int = 1
    fixed: Mapping[str, int] = field(default_factory=dict)


PROPOSED = Layout(
    header=BitTable(
        BitField("VER", 8),
        BitField("OPTION-COUNT", 4),
        BitField("UI-MODE", 2),
        BitField("INITIATOR", 1),
        BitField("RESERVED-1", 1),
        BitField("DIGEST-TYPE", 4),
        BitField("RESERVED-2", 12),
        BitField("TIMESTAMP", 32),
        BitField("SESSIONID", 16),
        BitField("TIMEOUT", 8),
    ),
    option_header=BitTable(BitField("NUMBER", 4), BitField("LENGTH", 12)),
    digests={0: None, 1: "md5", 2: "sha256"},
)

LATEST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
MEANINGS = {"UI-MODE": frozenset(UIMode), "INITIATOR": frozenset(Initiator)}
DIGEST_OCTETS = {None: 0, "md5": 16, "sha256": 32}


def trigger(notification: Notification, layout: Layout = PROPOSED) -> bytes:
    """Header and options: what the digest covers."""
    options = [Option(SERVER_ID, notification.server_id.encode()), *notification.options]
    stamp = notification.timestamp
    values = {
        "VER": layout.version if notification.version is None else notification.version,
        "OPTION-COUNT": len(options),
        "UI-MODE": notification.ui_mode,
        "INITIATOR": notification.initiator,
        "DIGEST-TYPE": _digest_type(notification.hash_name, layout),
        "TIMESTAMP": 0 if stamp is None else int(stamp.timestamp()),
        "SESSIONID": notification.session_id,
        "TIMEOUT": notification.timeout_days or 0,
    }
    parts = [layout.header.write(values)]
    for option in options:
        _check_size(option, EncodeError)
        header = {"NUMBER": option.number, "LENGTH": len(option.value)}
        parts.append(layout.option_header.write(header) + option.value)
    return b"".join(parts)


def encode(notification: Notification, digest: bytes, layout: Layout = PROPOSED) -> bytes:
    """``digest`` is over `trigger`; see `simulator.notification.message.encode` for both in one.

    Options are written in the order given, a wrong one too: that is for trying what a client does about it.
    """
    expected = DIGEST_OCTETS[notification.hash_name]
    if len(digest) != expected:
        raise EncodeError(f"the digest has {len(digest)} octets; {notification.hash_name} has {expected}")
    return trigger(notification, layout) + digest


def decode(data: bytes, layout: Layout = PROPOSED) -> Notification:
    """Read a notification of DM 1.3. Raises `CodecError` for octets that are none, and for other versions.

    The error's ``partial`` is the `Notification` as far as it could be read.
    """
    notification = Notification("", 0, format=Format.DM_1_3, trigger=data)
    try:
        _read(data, notification, layout)
    except CodecError as error:
        if isinstance(error.partial, dict):
            _fill(notification, error.partial, layout)
        error.partial = notification
        raise
    return notification


def check(notification: Notification, now: datetime) -> None:
    """Raises `NotificationError` when it is older than its TIMEOUT (DM Notification 1.3 §6.4.10)."""
    if notification.timestamp is None or not notification.timeout_days:
        return
    if now - notification.timestamp > timedelta(days=notification.timeout_days):
        raise NotificationError(
            f"made {notification.timestamp:%Y-%m-%d %H:%M:%S}Z and valid for {notification.timeout_days} days: "
            "too old"
        )


def _read(data: bytes, notification: Notification, layout: Layout) -> None:
    header = {**layout.fixed, **layout.header.read(data)}
    _fill(notification, header, layout)
    _refuse_what_has_no_meaning(header)
    if header["VER"] != layout.version:
        raise CodecError(f"VER is {header['VER']}, and a DM 1.3 notification has {layout.version}", offset=0)
    if header["DIGEST-TYPE"] not in layout.digests:
        raise CodecError(f"DIGEST-TYPE is {header['DIGEST-TYPE']}, which names no hash", offset=0)
    position = _read_options(data, header["OPTION-COUNT"], notification, layout)
    left, expected = len(data) - position, DIGEST_OCTETS[notification.hash_name]
    if left != expected:
        raise CodecError(
            f"a digest of {expected} octets expected after the options, and {left} octets are left",
            offset=position,
        )
    notification.trigger, notification.digest = data[:position], data[position:]


def _refuse_what_has_no_meaning(header: Mapping[str, int]) -> None:
    """A layout with wider fields than the proposed one has room for values that mean nothing."""
    for field_name, meanings in MEANINGS.items():
        if header.get(field_name, 0) not in meanings:
            raise CodecError(f"{field_name} is {header[field_name]}, which means nothing", offset=0)
    if header.get("TIMESTAMP", 0) > LATEST:
        raise CodecError(f"TIMESTAMP is {header['TIMESTAMP']} s, after the year 9999", offset=0)


def _read_options(data: bytes, count: int, notification: Notification, layout: Layout) -> int:
    """Read ``count`` options from behind the header; returns where they end."""
    position, last = layout.header.octets, 0
    seen_server_id = False
    for _ in range(count):
        start = position
        try:
            header = layout.option_header.read(data, position)
        except CodecError:
            raise CodecError("another option expected, and the message ends", offset=position) from None
        position += layout.option_header.octets
        number, length = header["NUMBER"], header["LENGTH"]
        if length > len(data) - position:
            raise CodecError(
                f"{name(number)} is said to be {length} octets long, and {len(data) - position} are left",
                offset=position,
            )
        option = Option(number, data[position : position + length])
        position += length
        row = OPTIONS.get(number)
        if number < last:
            raise CodecError(f"{name(number)} stands after {name(last)}; options ascend", offset=start)
        if number == last and row is not None and not row.repeats:
            raise CodecError(f"{name(number)} occurs twice", offset=start)
        last = number
        _check_size(option, CodecError, start)
        if number == SERVER_ID:
            seen_server_id = True
            notification.server_id = _server_id(option.value, position - length)
        else:
            notification.options.append(option)
    if not seen_server_id:
        raise CodecError("no Server-ID among the options", offset=position)
    return position


def _server_id(value: bytes, offset: int) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise CodecError("Server-ID is no UTF-8 text", offset=offset + error.start) from None


def _check_size(option: Option, error: type[CodecError] | type[EncodeError], offset: int | None = None) -> None:
    row = OPTIONS.get(option.number)
    size = len(option.value)
    if row is None or row.smallest <= size <= row.largest:
        return
    message = f"{row.name} has {size} octets, and may have {row.smallest} to {row.largest}"
    raise CodecError(message, offset=offset) if error is CodecError else EncodeError(message)


def _digest_type(hash_name: str | None, layout: Layout) -> int:
    for number, known in layout.digests.items():
        if known == hash_name:
            return number
    raise EncodeError(f"{hash_name!r} is no hash of a notification; known are {list(layout.digests.values())}")


def _fill(notification: Notification, header: Mapping[str, int], layout: Layout) -> None:
    notification.version = header.get("VER")
    mode, initiator = header.get("UI-MODE", 0), header.get("INITIATOR", 0)
    notification.ui_mode = UIMode(mode) if mode in MEANINGS["UI-MODE"] else UIMode.NOT_SPECIFIED
    notification.initiator = Initiator(initiator) if initiator in MEANINGS["INITIATOR"] else Initiator.SERVER
    notification.hash_name = layout.digests.get(header.get("DIGEST-TYPE", 0))
    notification.session_id = header.get("SESSIONID", 0)
    notification.timeout_days = header.get("TIMEOUT") or None
    stamp = header.get("TIMESTAMP")
    notification.timestamp = datetime.fromtimestamp(min(stamp, LATEST), UTC) if stamp else None
