"""A virtual modem that runs until somebody ends it: `dmrig modem serve`, step by step."""

from __future__ import annotations

import contextlib
import os
import queue
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hil.cli.modem.sources import Entry, Inbox, StandardInput
from hil.cli.modem.telling import Telling
from hil.errors import BenchError, CardGone, UsageError
from hil.modem.feed import Feed, Feeder
from hil.modem.port import Port
from hil.modem.profile.files import load_profile
from hil.modem.pty import PtyPort
from hil.modem.served import ServedModem
from hil.modem.tcp import TcpPort
from hil.modem.virtual.profile import IMEI, Profile
from hil.trace.mask import Masker

if TYPE_CHECKING:
    from hil.card.reader import Reader

LOOK_SECONDS = 0.2
"""How often inbox and deadlines are looked at, while nothing is typed."""


class Serving:
    def __init__(
        self,
        vendor: str,
        *,
        tcp: tuple[str, int] | None = None,
        inbox: Path | None = None,
        pin: str | None = None,
        imei: str | None = None,
        card: str | None = None,
        show_secrets: bool = False,
        as_json: bool = False,
    ) -> None:
        """Raises `UsageError`, `InvalidFile` and `PartMissing`."""
        profile = Profile(load_profile(vendor), pin=pin, imei=imei or IMEI)
        self._inbox = Inbox(inbox) if inbox is not None else None
        self._typed = StandardInput()
        self._feeder = Feeder()
        self._sent: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._deadlines: queue.SimpleQueue[datetime] = queue.SimpleQueue()
        self._deadline: datetime | None = None
        self._link: Path | None = None
        self._telling = Telling(partial(click.echo), Masker(show_all=show_secrets), as_json=as_json)
        port: Callable[[Callable[[bytes], None]], Port] = PtyPort if tcp is None else partial(TcpPort, *tcp)
        self._modem = ServedModem(profile, _now, self._deadlines.put, port=port)
        self._modem.on_submit = self._sent.put
        if card is not None:
            from hil.cli.card.options import virtual

            self._modem.insert_card(_Icc(virtual(card)))

    def start(self, link: Path | None) -> None:
        """Begin to answer; with a link to the pseudo-terminal. Raises `UsageError`."""
        path = self._modem.path
        if link is not None:
            _point(link, path)
            self._link, path = link, str(link)
        self._modem.start()
        observed = self._modem.profile.observed
        self._telling.ready(path, f"{observed.manufacturer} {observed.model}")

    def step(self) -> None:
        """Wait a little for what is typed, and deal with all that has happened."""
        if self._typed.over:
            self._pause(LOOK_SECONDS)
        else:
            self._take(self._typed.wait(self._seconds()))
        if self._inbox is not None:
            try:
                self._take(self._inbox.new())
            except BenchError as error:
                self._telling.note(f"the inbox is not read any further: {error}")
                self._inbox = None
        self._tick()
        self._tell()

    def close(self) -> None:
        """Hang up, and take the link away. What was sent until now is printed."""
        self._modem.close()
        self._tell()
        if self._link is not None:
            with contextlib.suppress(OSError):
                if os.readlink(self._link) == self._modem.path:
                    self._link.unlink()

    def _take(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            try:
                feed = (
                    self._feeder.line(entry, _now())
                    if isinstance(entry, str)
                    else self._feeder.entry(entry, _now())
                )
                if feed is not None:
                    self._do(feed)
            except BenchError as error:
                self._telling.note(f"not taken: {error}" + (f"; {error.hint}" if error.hint else ""))

    def _do(self, feed: Feed) -> None:
        for tpdu in feed.tpdus:
            self._modem.deliver(tpdu)
            self._telling.fed(tpdu, self._modem.waiting)
        if feed.fault is not None:
            self._modem.fault(feed.fault)
            self._telling.note(f"fault: {feed.fault.kind}")
        if feed.repair:
            self._modem.repair()
            self._telling.note("repaired")

    def _tick(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                when = self._deadlines.get_nowait()
                self._deadline = when if self._deadline is None else min(self._deadline, when)
        if self._deadline is not None and _now() >= self._deadline:
            self._deadline = None
            self._modem.tick()

    def _tell(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._telling.sent(self._sent.get_nowait())

    def _seconds(self) -> float:
        if self._deadline is None:
            return LOOK_SECONDS
        return min(LOOK_SECONDS, max(0.0, (self._deadline - _now()).total_seconds()))

    def _pause(self, seconds: float) -> None:
        """Until a message is sent, or that many seconds have passed."""
        try:
            tpdu = self._sent.get(timeout=seconds)
        except queue.Empty:
            return
        self._telling.sent(tpdu)


class _Icc:
    """The card in a reader, as a modem touches it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._atr: bytes | None = None

    def reset(self) -> bytes:
        self._atr = self._reader.connect() if self._atr is None else self._reader.reset()
        return self._atr

    def transmit(self, apdu: bytes) -> bytes | None:
        try:
            return self._reader.transmit(apdu)
        except CardGone:
            return None


def _point(link: Path, path: str) -> None:
    """Make a link; one that an earlier modem left is replaced, anything else is not touched."""
    if os.path.lexists(link):
        if not link.is_symlink():
            raise UsageError(f"{link} is there already, and is no link", hint="choose another name")
        if link.exists():
            raise UsageError(
                f"{link} is in use: it leads to {os.readlink(link)}", hint="end the other modem first"
            )
        link.unlink()
    try:
        link.symlink_to(path)
    except OSError as error:
        raise UsageError(f"cannot make the link {link}: {error.strerror}") from error


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
