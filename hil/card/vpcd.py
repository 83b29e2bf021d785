"""A virtual card behind pcscd: the card side of vpcd, the virtual reader of the vsmartcard project.

vpcd's driver in pcscd listens, a card connects to it. Both ways go packets: two bytes of length, big-endian,
and so many bytes. One byte is a control code, four and more are a C-APDU. Closing the connection pulls the
card out.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Sequence
from threading import Thread
from typing import Protocol, cast

from pydantic import Field

from hil.bench import Bench
from hil.card import install
from hil.card.command import LONGEST
from hil.card.part import ImagePart, ImageSettings
from hil.card.pcsc import PcscReader, reader_variable
from hil.card.pcsc_context import thing
from hil.card.uicc.card import Uicc
from hil.card.uicc.state import Removed
from hil.errors import PartBroke, PartError, PartMissing
from hil.limits import Limits
from hil.locks import Locks
from hil.part import PartSettings, part_kind

DEFAULT_PORT = 35963
"""0x8C7B, as in the configuration that the Debian package brings."""

POWER_OFF, POWER_ON, RESET, GET_ATR = 0, 1, 2, 4


READER = "Virtual PCD ?? 00"
"""What pcscd calls the first slot of vpcd's reader; the number tells readers apart."""

APPEAR_SECONDS = (1.2, 8.0)
"""How long each attempt to insert a card may take to be noticed."""

OUT_SECONDS = 0.6
"""How long a card has to be out for pcscd to notice for certain."""

GONE_SECONDS = 10.0


class Card(Protocol):
    """A virtual card, as far as it is served."""

    @property
    def atr(self) -> bytes: ...

    def reset(self) -> bytes: ...

    def process(self, apdu: bytes) -> bytes: ...


class VpcdCard:
    """Serves one virtual card to vpcd in a thread, until it is closed or pulled out."""

    def __init__(self, card: Card, host: str = "127.0.0.1", port: int = DEFAULT_PORT) -> None:
        """Connects. Raises `PartMissing` when nobody listens."""
        self._card = card
        try:
            self._socket = socket.create_connection((host, port), timeout=5)
        except OSError as error:
            raise PartMissing(
                f"no virtual reader listens at {host}:{port} ({error.strerror or error})",
                hint=install.vpcd_hint(host, port),
            ) from error
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._thread = Thread(target=self._serve, name="vpcd-card", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Pull the card out. May be called twice."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=5)
        self._socket.close()

    @property
    def serving(self) -> bool:
        """Whether the virtual reader still has the card; it lets go when pcscd ends."""
        return self._thread.is_alive()

    def _serve(self) -> None:
        with contextlib.suppress(OSError, EOFError, Removed):
            while True:
                packet = self._receive(int.from_bytes(self._receive(2), "big"))
                answer = self._answer(packet)
                if answer is not None:
                    self._socket.sendall(len(answer).to_bytes(2, "big") + answer)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _answer(self, packet: bytes) -> bytes | None:
        if len(packet) == 1:
            if packet[0] == GET_ATR:
                return self._card.atr
            if packet[0] in (POWER_OFF, POWER_ON, RESET):
                self._card.reset()
            return None
        return self._card.process(packet)

    def _receive(self, length: int) -> bytes:
        """Exactly ``length`` bytes. Raises `EOFError` at the end, and for a length that is no packet's."""
        if not 0 < length <= LONGEST:
            raise EOFError
        data = b""
        while len(data) < length:
            # Has to be set again each time: else the driver's second packet waits for a delayed
            # acknowledgement of its first, 40 ms each.
            if hasattr(socket, "TCP_QUICKACK"):
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            piece = self._socket.recv(length - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data


class VpcdReader(PcscReader):
    """The virtual reader as PC/SC has it, and the hand that puts cards in and pulls them out."""

    def __init__(
        self,
        pattern: str = READER,
        host: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        wait: float = 0,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(pattern, wait, limits=limits)
        self.host = host
        self.port = port
        self._inserted: VpcdCard | None = None

    def _absent(self, known: Sequence[str]) -> PartError:
        """pcscd has no virtual reader of that name: what is missing is no hardware."""
        names = f" (it has {', '.join(known)})" if known else ""
        message = f"pcscd has no virtual reader called {self.pattern!r}{names}"
        return PartMissing(message, hint=install.vpcd_hint(self.host, self.port))

    def check(self) -> None:
        self.find()

    def insert(self, card: Uicc) -> None:
        """Returns when PC/SC sees the card. Raises `PartMissing` or `PartBroke`."""
        self.find()
        # pcscd notices a card's going late: one that an earlier run left there is not ours.
        if not self.wait_for(present=False, seconds=GONE_SECONDS):
            raise PartBroke(
                f"there is a card in {self.name} already",
                hint="another program may be using the virtual reader: end it, or give this rig another port",
            )
        for seconds in APPEAR_SECONDS:
            self._inserted = VpcdCard(card, self.host, self.port)
            if self.wait_for(present=True, seconds=seconds):
                return
            # A card that was pulled out in the middle of a command and is back at once goes unnoticed: pcscd
            # looks every 0.4 s and reports changes only.
            self._close()
            time.sleep(OUT_SECONDS)
        raise PartBroke(
            f"pcscd does not see the card in {self.name} within {sum(APPEAR_SECONDS):g} s",
            hint=f"is {self.host}:{self.port} the port of that reader?",
        )

    def remove(self) -> None:
        """Returns when PC/SC sees that no card is there. Nothing happens when there is none."""
        if self._inserted is None:
            return
        self._close()
        if not self.wait_for(present=False, seconds=GONE_SECONDS):
            raise PartBroke(f"pcscd still sees a card in {self.name} {GONE_SECONDS:g} s after it was removed")

    def let_go(self) -> None:
        """Disconnect and pull the card out, without looking. Never raises."""
        self.disconnect()
        self._close()

    def _close(self) -> None:
        if self._inserted is not None:
            self._inserted.close()
            self._inserted = None


class VpcdSettings(ImageSettings):
    host: str = "127.0.0.1"
    port: int = Field(default=DEFAULT_PORT, ge=1, le=65535)
    reader: str = READER
    """What pcscd calls the virtual reader's slot at that port."""


@part_kind("card", "vpcd")
class VpcdCardPart(ImagePart):
    """Cards made of images, offered to pcscd and read through PC/SC like any real card."""

    Settings = VpcdSettings

    @classmethod
    def holds(cls, settings: PartSettings) -> tuple[str, ...]:
        wanted = cast("VpcdSettings", settings)
        return (f"vpcd {wanted.host}:{wanted.port}",)

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        wanted = cast("VpcdSettings", settings)
        self._hand = VpcdReader(wanted.reader, wanted.host, wanted.port, limits=bench.limits)
        super().__init__(settings, bench, self._hand)

    def claim(self, locks: Locks) -> None:
        """The port, and the reader that PC/SC has of it."""
        super().claim(locks)
        for state in self._hand.find():
            locks.take(thing(state.name))

    def variables(self) -> dict[str, str]:
        return reader_variable(self._hand)
