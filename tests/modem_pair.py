"""Two virtual modems with a network between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from hil.modem.returns import returns
from hil.modem.served import ServedModem
from hil.modem.virtual.profile import NUMBER, Profile


@contextmanager
def two_modems() -> Iterator[tuple[ServedModem, ServedModem]]:
    """A sender's and the device's: what the one sends to the number of the other arrives there."""
    senders, devices = (
        ServedModem(Profile(number=number), lambda: datetime.now(UTC), lambda deadline: None)
        for number in ("+15550100", NUMBER)
    )

    def carry(tpdu: bytes) -> None:
        for back in returns(tpdu, 0, NUMBER, datetime.now(UTC)):
            devices.deliver(back)

    senders.on_submit = carry
    senders.start()
    devices.start()
    try:
        yield senders, devices
    finally:
        senders.close()
        devices.close()
