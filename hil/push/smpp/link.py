"""A session with a service centre as a transmitter: the border to smpplib, whose errors become ours here.

smpplib has the PDUs; who waits for what, how long, and what a service centre may do meanwhile is said here.
"""

from __future__ import annotations

import logging
import select
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hil.errors import PartBroke, PartMissing
from hil.limits import Limits, TimedOut
from hil.push.senders.address import Endpoint
from hil.push.smpp.words import HINTS, words
from hil.resets import reset_when_closed

try:
    from smpplib import client, consts, exceptions, smpp
except ImportError as error:
    raise PartMissing(
        "smpplib is not installed, which SMPP needs", hint="python -m pip install 'dmrig[smpp]'"
    ) from error

LONGEST = 64 * 1024
"""Octets of a PDU. A submit_sm_resp has a few dozen."""
PATIENCE = 10.0
"""Real seconds within which a service centre has to answer."""
MOST_BETWEEN = 100
"""PDUs that may come before the answer."""

LOGGER = "hil.push.smpp"
logging.getLogger(LOGGER).addHandler(logging.NullHandler())
# What it has to say is said by the errors that become ours.
logging.getLogger(LOGGER).propagate = False

_DAMAGED = (struct.error, ValueError, LookupError, TypeError, AttributeError, MemoryError)
"""What smpplib falls over when a PDU is damaged."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    message_id: str = ""

    @property
    def text(self) -> str:
        return words(self.status, consts.DESCRIPTIONS)

    @property
    def hint(self) -> str | None:
        return HINTS.get(self.status)


class Link:
    """`bind` first, `close` in the end. Every method raises `PartBroke` when the other side is gone or silent, and
    `TimedOut` when a limit of the run was reached before that was certain."""

    def __init__(self, smsc: Endpoint, limits: Limits) -> None:
        """Raises `PartMissing` when nobody is there."""
        self._smsc = smsc
        self._limits = limits
        self._client = _Client(
            smsc.host, smsc.port, timeout=PATIENCE, allow_unknown_opt_params=True, logger_name=LOGGER
        )
        limits.check()
        try:
            self._client.connect(limits.seconds(PATIENCE))
        except OSError as error:
            limits.check(f"the service centre at {smsc} has not answered")
            raise PartMissing(
                f"no service centre at {smsc}: {error}", hint="SMPP is usually spoken at port 2775"
            ) from error

    def bind(self, user: str, password: str, system_type: str) -> Answer:
        return self._ask("bind_transmitter", system_id=user, password=password, system_type=system_type)

    def submit(self, **fields: object) -> Answer:
        """One submit_sm; ``fields`` as SMPP and smpplib call them."""
        return self._ask("submit_sm", **fields)

    def break_off(self, **fields: object) -> None:
        """Send half of a submit_sm, then reset the connection."""
        with self._translated():
            octets = smpp.make_pdu("submit_sm", client=self._client, **fields).generate()
            self._client.socket.sendall(octets[: len(octets) // 2])
            reset_when_closed(self._client.socket)
            self._client.shut()

    def idle(self, seconds: float) -> None:
        """Wait, and go on answering meanwhile."""
        until = time.monotonic() + self._limits.seconds(seconds)
        with self._translated():
            while (left := until - time.monotonic()) > 0:
                if select.select([self._client.socket], [], [], left)[0]:
                    self._give_time()
                    self._take(self._client.read_pdu())

    def close(self) -> None:
        """Say good-bye where possible. Never raises."""
        try:
            if self._client.bound:
                self._ask("unbind")
        except (PartBroke, TimedOut):
            pass  # whoever has gone already needs no good-bye
        finally:
            self._client.shut()

    def _ask(self, command: str, **fields: object) -> Answer:
        with self._translated():
            request = smpp.make_pdu(command, client=self._client, **fields)
            self._client.send_pdu(request)
            self._give_time()
            for _ in range(MOST_BETWEEN):
                said = self._client.read_pdu()
                if said.sequence == request.sequence and said.command in (f"{command}_resp", "generic_nack"):
                    return Answer(said.status, _text(getattr(said, "message_id", None)))
                self._take(said)
        raise PartBroke(f"the service centre at {self._smsc} says much, and does not answer {command}")

    def _give_time(self) -> None:
        self._client.deadline = time.monotonic() + self._limits.seconds(PATIENCE)

    def _take(self, said: Any) -> None:
        """What a service centre says unasked."""
        if said.command == "enquire_link":
            self._client.acknowledge("enquire_link_resp", said.sequence)
        elif said.command == "unbind":
            self._client.acknowledge("unbind_resp", said.sequence)
            self._client.shut()
            raise PartBroke(f"the service centre at {self._smsc} has ended the session")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        where = f"the service centre at {self._smsc}"
        try:
            yield
        except TimeoutError as error:
            self._limits.check(f"{where} has not answered")
            raise PartBroke(f"{where} has not answered within {PATIENCE:g} s") from error
        except (OSError, exceptions.ConnectionError) as error:
            raise PartBroke(f"{where} has closed the connection", hint="does it speak SMPP there?") from error
        except (exceptions.PDUError, exceptions.UnknownCommandError, *_DAMAGED) as error:
            raise PartBroke(f"{where} has sent what is no SMPP: {error or type(error).__name__}") from error


class _Client(client.Client):  # type: ignore[misc]
    """smpplib's, bounded in time and size, and with the reason why a connection failed."""

    deadline = 0.0
    _socket: socket.socket | None
    state: int

    @property
    def bound(self) -> bool:
        bound: int = consts.SMPP_CLIENT_STATE_BOUND_TX
        return self._socket is not None and self.state == bound

    @property
    def socket(self) -> socket.socket:
        if self._socket is None:
            raise exceptions.ConnectionError
        return self._socket

    def connect(self, seconds: float) -> None:
        self._socket = socket.create_connection((self.host, self.port), seconds)
        self.state = consts.SMPP_CLIENT_STATE_OPEN

    def shut(self) -> None:
        opened, self._socket = self._socket, None
        self.state = consts.SMPP_CLIENT_STATE_CLOSED
        if opened is not None:
            opened.close()

    def acknowledge(self, command: str, sequence: int) -> None:
        answer = smpp.make_pdu(command, client=self)
        answer.sequence = sequence
        # Not send_pdu: in its table nobody may be asked for a sign of life before the session is bound.
        self.socket.sendall(answer.generate())

    def _recv_exact(self, exact_size: int) -> bytes:
        if not 0 <= exact_size <= LONGEST:
            raise exceptions.PDUError(f"a PDU of {exact_size + 4} octets")
        received = bytearray()
        while len(received) < exact_size:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.socket.settimeout(left)
            piece = self.socket.recv(exact_size - len(received))
            if not piece:
                raise exceptions.ConnectionError
            received += piece
        return bytes(received)


def _text(value: object) -> str:
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
    return text.strip("\0")[:65]
