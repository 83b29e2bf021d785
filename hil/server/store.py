"""What a DM server keeps between sessions: accounts, nonces, commands that wait for a device."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

from hil.server.answer import Pending
from hil.server.settings import ANY_DEVICE, DeviceAccount

Level = Literal["CLCRED", "SRVCRED"]
"""Which credentials a nonce is for: the device's or the server's (AAuthLevel of a DMAcc)."""


class Store(Protocol):
    def account(self, device_id: str) -> DeviceAccount | None:
        """The account of the device that names itself ``device_id`` in SyncHdr/Source/LocURI."""
        ...

    def nonce(self, device_id: str, level: Level) -> bytes | None:
        """The nonce for the next credentials; None until one was kept."""
        ...

    def keep_nonce(self, device_id: str, level: Level, nonce: bytes) -> None: ...

    def queue(self, waiting: Iterable[Pending], device_id: str | None) -> None:
        """Keep commands for a device; for None, for the next one that authenticates itself."""
        ...

    def take(self, device_id: str) -> list[Pending]:
        """The commands that wait for this device, in order; they wait no longer."""
        ...

    def put_back(self, device_id: str, unsent: Iterable[Pending]) -> None:
        """Commands that were taken and not sent: first in the queue again."""
        ...


class MemoryStore:
    """A store that is gone with the process."""

    def __init__(self, accounts: Mapping[str, DeviceAccount]) -> None:
        self._accounts = dict(accounts)
        self._nonces: dict[tuple[str, Level], bytes] = {}
        self._queues: defaultdict[str, deque[Pending]] = defaultdict(deque)

    def account(self, device_id: str) -> DeviceAccount | None:
        return self._accounts.get(device_id) or self._accounts.get(ANY_DEVICE)

    def nonce(self, device_id: str, level: Level) -> bytes | None:
        return self._nonces.get((device_id, level))

    def keep_nonce(self, device_id: str, level: Level, nonce: bytes) -> None:
        self._nonces[device_id, level] = nonce

    def queue(self, waiting: Iterable[Pending], device_id: str | None) -> None:
        self._queues[ANY_DEVICE if device_id is None else device_id].extend(waiting)

    def take(self, device_id: str) -> list[Pending]:
        # pop, not indexing: asking for a device must not leave a queue behind.
        return [*self._queues.pop(device_id, ()), *self._queues.pop(ANY_DEVICE, ())]

    def put_back(self, device_id: str, unsent: Iterable[Pending]) -> None:
        unsent = list(unsent)
        if unsent:
            self._queues[device_id].extendleft(reversed(unsent))
