"""A line on a serial port, through pyserial: local ports, ``socket://`` and ``rfc2217://``.

pyserial reports a port that goes away as SerialException, OSError or termios.error, as it happens; they are
translated together, here.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import termios
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import serial
from serial.tools import list_ports

from hil.errors import PartBroke, PartInUse, PartMissing
from hil.modem.holders import who_holds

SPEED = 115200
WRITE_SECONDS = 10.0
SLICE = 0.05
"""Seconds for which pyserial waits at once. It stays the same for every read, because setting it reconfigures the
port: on RFC 2217 that is a negotiation over the network. And connections cannot be told to stop waiting."""

FAILURES = (serial.SerialException, OSError, termios.error, ValueError)
"""ValueError: a wrong URL, or a value that the driver does not take."""

IN_USE = (errno.EBUSY, errno.EAGAIN)
NO_PORT = (errno.EISDIR, errno.ENOTTY, errno.EINVAL, errno.ENXIO, errno.ENODEV)

URLS = "write socket://HOST:PORT or rfc2217://HOST:PORT"


class SerialLine:
    def __init__(self, port: str, speed: int = SPEED) -> None:
        """Open the port for this program alone. Raises `PartMissing`."""
        self.name = port
        _check_url(port)
        try:
            # pyserial's RFC 2217 refuses a time-out for writing: its connection has one of its own.
            write_timeout = None if port.lower().startswith("rfc2217:") else WRITE_SECONDS
            # exclusive: otherwise two programs share a port silently, and each reads half of what comes.
            self._serial = serial.serial_for_url(
                port, baudrate=speed, timeout=SLICE, write_timeout=write_timeout, exclusive=True
            )
        except FAILURES as error:
            raise _refused(port, error) from error
        self._closed = False
        self._reading = threading.Lock()
        self._writing = threading.Lock()

    def read(self, timeout: float) -> bytes:
        deadline = time.monotonic() + timeout
        with self._reading, self._translated():
            while not self._closed:
                if timeout <= 0 and not self._serial.in_waiting:
                    break
                data: bytes = self._serial.read(1)
                if data:
                    waiting = self._serial.in_waiting
                    return data + self._serial.read(waiting) if waiting else data
                if time.monotonic() >= deadline:
                    break
        return b""

    def write(self, data: bytes) -> None:
        with self._writing, self._translated():
            self._serial.write(data)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for cancel in ("cancel_read", "cancel_write"):
            # only local ports have them; on the others a read ends with its slice
            with contextlib.suppress(AttributeError, *FAILURES):
                getattr(self._serial, cancel)()
        with self._reading, self._writing:
            # pyserial forgets to close the socket of a connection that the other end has ended
            connection = getattr(self._serial, "_socket", None)
            with contextlib.suppress(*FAILURES):
                self._serial.close()
            if connection is not None:
                connection.close()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        if not self._closed:
            try:
                yield
            except serial.SerialTimeoutException as error:
                raise PartBroke(
                    f"{self.name} has taken nothing for {WRITE_SECONDS:.0f} s",
                    hint="is the modem on, and does it want hardware flow control?",
                ) from error
            except FAILURES as error:
                raise PartBroke(
                    f"the line {self.name} has gone: {error}", hint="was it unplugged? Connect it, then run again"
                ) from error
        if self._closed:
            raise PartBroke(f"the line {self.name} has gone: it has been closed")


def _check_url(port: str) -> None:
    """pyserial would stumble over a URL without a port number."""
    if not port.lower().startswith(("socket://", "rfc2217://")):
        return
    try:
        parts = urlsplit(port)
        complete = parts.hostname and parts.port
    except ValueError:
        complete = False
    if not complete:
        raise PartMissing(f"{port} has no host, or no port number from 1 to 65535", hint=URLS)


def _refused(port: str, error: Exception) -> PartMissing:
    code = getattr(error, "errno", None)
    if code == errno.ENOENT:
        here = ", ".join(sorted(found.device for found in list_ports.comports()))
        hint = f"serial ports here: {here}" if here else "there is no serial port at all; is the modem connected?"
        return PartMissing(f"there is no serial port {port}", hint=hint)
    if code in IN_USE:
        return PartInUse(
            f"the serial port {port} is in use{who_holds(port)}",
            hint="end the other program (ModemManager likes to take modems)",
        )
    if code == errno.EACCES:
        return PartMissing(
            f"you may not open the serial port {port}", hint=f"join its group: {_group(port)}; then log in again"
        )
    if "://" in port:
        return _unreachable(port, error)
    if code in NO_PORT or isinstance(error.__context__, termios.error):
        return PartMissing(f"{port} is no serial port", hint="dmrig modem list shows those of this machine")
    return PartMissing(f"the serial port {port} cannot be opened: {error}", hint="is it a modem's AT port?")


def _unreachable(url: str, error: Exception) -> PartMissing:
    """pyserial puts any error of a connection into words of its own; the error itself is behind it."""
    behind = error.__context__
    if not isinstance(behind, OSError):
        return PartMissing(f"{url} names no serial port: {error}", hint=URLS)
    if isinstance(behind, TimeoutError):
        return PartMissing(f"{url} does not answer", hint="is the machine on, and its address right?")
    if isinstance(behind, socket.gaierror):
        return PartMissing(f"{url} cannot be reached: there is no machine of that name", hint=URLS)
    return PartMissing(
        f"{url} cannot be reached: {behind.strerror or behind}",
        hint="does a terminal server, or dmrig modem serve --tcp, listen there?",
    )


def _group(port: str) -> str:
    try:
        import grp

        return grp.getgrgid(os.stat(port).st_gid).gr_name
    except (OSError, KeyError):
        return "dialout"
