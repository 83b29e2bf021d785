"""The service centre time stamp (TS 23.040 §9.2.3.11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from simulator.errors import EncodeError

OCTETS = 7
CENTURY_TURN = 90
"""Two-digit years from here on belong to the twentieth century."""

QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """Seven octets as received. A stamp that is no date is carried on unchanged, as the clause asks."""

    octets: bytes

    def __post_init__(self) -> None:
        if len(self.octets) != OCTETS:
            raise EncodeError(f"a time stamp has {OCTETS} octets, not {len(self.octets)}")

    @classmethod
    def of(cls, when: datetime) -> TimeStamp:
        """From an aware datetime, to the second, with its own offset from UTC. Raises `EncodeError`."""
        offset = when.utcoffset()
        if offset is None:
            raise EncodeError("a time stamp needs a time with its offset from UTC")
        quarters = round(abs(offset) / QUARTER)
        if quarters > 79 or quarters * QUARTER != abs(offset):
            raise EncodeError(f"the offset {offset} from UTC is not given in quarters of an hour up to 79")
        if not 1900 + CENTURY_TURN <= when.year < 2000 + CENTURY_TURN:
            raise EncodeError(f"the year {when.year} does not fit into a time stamp")
        zone = _swap(quarters) | (0x08 if offset < timedelta(0) else 0)
        fields = (when.year % 100, when.month, when.day, when.hour, when.minute, when.second)
        return cls(bytes([*map(_swap, fields), zone]))

    @property
    def datetime(self) -> datetime | None:
        """The moment, with its offset from UTC; None for octets that are no date."""
        *fields, zone = self.octets
        try:
            year, month, day, hour, minute, second = map(_unswap, fields)
            quarters = _unswap(zone & 0xF7)
            offset = -quarters * QUARTER if zone & 0x08 else quarters * QUARTER
            century = 1900 if year >= CENTURY_TURN else 2000
            return datetime(century + year, month, day, hour, minute, second, tzinfo=timezone(offset))
        except ValueError:
            return None

    def __str__(self) -> str:
        when = self.datetime
        return when.isoformat() if when else self.octets.hex()


def _swap(value: int) -> int:
    """Two decimal digits, the tens in the lower semi-octet."""
    return value % 10 << 4 | value // 10


def _unswap(octet: int) -> int:
    tens, units = octet & 0xF, octet >> 4
    if tens > 9 or units > 9:
        raise ValueError("a semi-octet is no digit")
    return 10 * tens + units
