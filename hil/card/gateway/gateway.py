"""The gateway itself: one thread that serves the clients on one side and the card on the other.

The card comes first: while it has something to ask, it is asked what; an event is told only when it has nothing,
as a card may have but one thing on its mind. The clients' octets wait meanwhile in the channels' buffers, and
behind those in TCP.
"""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event as Signal
from threading import Thread

from hil.card import dialogue
from hil.card.cat import commands
from hil.card.cat.messages import EventDownload, ProactiveCommand, TerminalResponse
from hil.card.cat.values import ChannelStatus
from hil.card.gateway.channel import Channel
from hil.card.gateway.settings import GatewaySettings
from hil.card.gateway.sockets import READ, WRITE, Watch
from hil.card.gateway.terminal import Terminal
from hil.card.reader import Reader
from hil.errors import BUG, BenchError, PartBroke, PartMissing
from hil.trace.recorder import Recorder
from simulator.bootstrap.apdu import Answer, command, exchange
from simulator.codes.apdu import Ins, meaning
from simulator.codes.cat import ChannelState, Event, Result
from simulator.errors import CardError, CodecError

TOOLKIT = 0x80
"""Class of the toolkit's commands."""
PENDING = 0x91
"""First octet of a status word: a proactive command waits, of as many octets as the second says."""
NO_DATA = 0x0C
"""P2 of a STATUS that is sent for its status word."""
NEVER = float("inf")

BUSY = 0x9300
"""To an ENVELOPE: the toolkit has no time for it now (TS 102 221 §10.2.1.3)."""

CLIENTS_SECONDS = 0.005
"""How long clients wait for attention while the card has things to ask, one after the other."""
FINISH_SECONDS = 1.0
"""What a card that is in the middle of something gets when the gateway is to stop."""
OPENING_POLL_SECONDS = 0.2
"""How often a card that has not opened its channel yet is asked whether it wants something."""


class NoChannel(PartMissing):
    """The card has no toolkit, or opens no channel: most cards have no web server."""


@dataclass(slots=True)
class Telling:
    """An event on its way to the card."""

    channel: Channel
    event: Callable[[], EventDownload]
    """Made when it is sent: how much there is to be read may have grown."""
    rests: bool = False
    """Once it has arrived, the channel may take its next client."""
    since: float = 0.0
    """When the card was first too busy for it."""


class BipGateway:
    """`start` it, connect to `address`, `stop` it. A context manager does both ends."""

    def __init__(
        self, reader: Reader, settings: GatewaySettings | None = None, recorder: Recorder | None = None
    ) -> None:
        self._reader = reader
        self._settings = settings or GatewaySettings()
        self._recorder = recorder
        self._terminal = Terminal(self._settings, self._note)
        self._thread = Thread(target=self._run, name="bip-gateway", daemon=True)
        self._stopping = False
        self._opened = Signal()
        self._ended = Signal()
        self._waiting = 0
        """Octets of the proactive command that waits in the card."""
        self._telling: deque[Telling] = deque()
        self._not_before = 0.0
        """When the card may be told something again."""
        self._poll_at = 0.0
        self._give_up = 0.0
        self._clients_at = 0.0
        """When clients are looked after again, though the card has something to ask."""
        self.error: BenchError | None = None
        """Why it ended by itself."""

    def __enter__(self) -> BipGateway:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Power the card up and wait until it has opened a channel.

        Raises `NoChannel` when it does not, `PartMissing` when there is no card, `PartBroke` when it goes.
        """
        dialogue.connect(self._reader, self._recorder)
        self._watch = Watch()
        self._thread.start()
        try:
            if not self._opened.wait(self._settings.open_seconds) and self.error is None:
                raise NoChannel(
                    f"the card in {self._reader.name} has opened no channel in {self._settings.open_seconds:g} s",
                    hint="has it a web server, and is the port free? -v shows what it asked for",
                )
            if self.error is not None:
                raise self.error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Close every connection and let go of the card. May be called twice. Never raises."""
        self._give_up = time.monotonic() + FINISH_SECONDS
        self._stopping = True
        if self._thread.is_alive():
            self._watch.ring()
            self._thread.join()
        self._reader.disconnect()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended by itself; False when that was not so in time."""
        return self._ended.wait(seconds)

    def address(self, port: int) -> tuple[str, int] | None:
        """Where clients reach the card's port; None: the card has not opened it."""
        for channel in list(self._terminal.channels.values()):
            if channel.port == port:
                return channel.address
        return None

    def ports(self) -> dict[int, list[tuple[str, int]]]:
        """All addresses at which it listens, by the card's port."""
        return {
            channel.port: [each.getsockname()[:2] for each in channel.listeners]
            for channel in list(self._terminal.channels.values())
        }

    # -- the thread

    def _run(self) -> None:
        try:
            self._introduce()
            while not self._stopping or self._unfinished():
                if not self._waiting or time.monotonic() >= self._clients_at:
                    self._look_around()
                    self._serve_clients(self._patience())
                    self._clients_at = time.monotonic() + CLIENTS_SECONDS
                self._serve_card()
        except BenchError as error:
            self.error = error
        except CardError as error:
            self.error = PartBroke(f"the card in {self._reader.name}: {error}", hint=error.hint)
        except Exception as error:
            # Whoever waits for the gateway would wait for ever.
            self.error = BenchError(f"internal error of the gateway: {type(error).__name__}: {error}", hint=BUG)
        finally:
            self._terminal.close()
            self._watch.close()
            self._ended.set()
            self._opened.set()

    def _introduce(self) -> None:
        """Say what this terminal can. Raises `NoChannel` for a card that does not want to know."""
        answer = self._ask(Ins.TERMINAL_PROFILE, self._terminal.profile)
        if not self._heard(answer, "TERMINAL PROFILE"):
            raise NoChannel(
                f"the card in {self._reader.name} has no application toolkit: it answers TERMINAL PROFILE "
                f"with {answer.sw:04X} ({meaning(answer.sw)})",
                hint="a web server is reached by BIP through the toolkit of a UICC",
            )

    def _unfinished(self) -> bool:
        """Whether the card is in the middle of something, such as closing a connection whose client has all."""
        return self._waiting > 0 and time.monotonic() < self._give_up

    def _patience(self) -> float:
        """Seconds for which nothing is to be done unless a client does something."""
        if self._waiting:
            return 0.0
        until = [self._poll_at, *(each.deadline for each in self._terminal.leaving)]
        if self._telling:
            until.append(self._not_before)
        return min(until) - time.monotonic()

    # -- the clients

    def _serve_clients(self, patience: float) -> None:
        wanted = {each.connection: each.wants for each in self._terminal.leaving}
        for channel in self._terminal.channels.values():
            wanted |= channel.wants()
        ready = self._watch.ready(wanted, patience)
        if self._terminal.leaving:
            self._terminal.leaving = [
                each for each in self._terminal.leaving if not each.go_on(ready.get(each.connection, 0))
            ]
        for channel in self._terminal.channels.values():
            self._serve_client(channel, ready)

    def _serve_client(self, channel: Channel, ready: Mapping[socket.socket, int]) -> None:
        if channel.client is None:
            for listener in channel.listeners:
                if ready.get(listener) and channel.accept(listener):
                    self._note(f"a client at port {channel.port}")
                    self._tell_status(channel, channel.status)
                    return
            return
        mask = ready.get(channel.client, 0)
        if mask & WRITE and not channel.flush(0):
            channel.ended = channel.broke = True
        if mask & READ:
            channel.read()

    def _look_around(self) -> None:
        """What is there to be told, once the card has nothing more to ask?"""
        if self._waiting:
            return
        while self._terminal.dropped:
            channel = self._terminal.dropped.pop()
            gone = ChannelStatus(channel.number, ChannelState.ESTABLISHED, dropped=True)
            self._tell_status(channel, gone, rests=True)
        for channel in self._terminal.channels.values():
            if channel.rx and not channel.announced:
                self._tell_data(channel)
            elif channel.ended and not channel.rx:
                gone = ChannelStatus(channel.number, ChannelState.LISTEN, dropped=channel.broke)
                self._leave(channel)
                self._tell_status(channel, gone, rests=True)

    def _leave(self, channel: Channel) -> None:
        if channel.broke:
            channel.drop()
        elif (leaving := channel.leave()) is not None:
            self._terminal.leaving.append(leaving)

    # -- the card

    def _tell_status(self, channel: Channel, status: ChannelStatus, *, rests: bool = False) -> None:
        if Event.CHANNEL_STATUS in self._terminal.events:
            channel.resting = rests
            self._telling.append(Telling(channel, lambda: commands.channel_event(status), rests))
        else:
            channel.resting = False

    def _tell_data(self, channel: Channel) -> None:
        if Event.DATA_AVAILABLE not in self._terminal.events:
            return
        channel.announced = True
        self._telling.append(Telling(channel, lambda: commands.data_event(channel.status, len(channel.rx))))

    def _serve_card(self) -> None:
        """One thing between the card and us, if there is one."""
        now = time.monotonic()
        if self._waiting:
            self._fetch()
        elif self._telling and now >= self._not_before:
            self._tell(self._telling[0], now)
        elif now >= self._poll_at:
            self._heard(self._ask(Ins.STATUS, p2=NO_DATA), "STATUS")
        if not self._waiting and self._terminal.channels:
            self._opened.set()

    def _fetch(self) -> None:
        answer = self._ask(Ins.FETCH, le=self._waiting)
        self._waiting = 0
        if not answer.ok:
            self._note(f"FETCH: {answer.sw:04X} ({meaning(answer.sw)})")
            return
        try:
            response = self._terminal.execute(ProactiveCommand.decode(answer.data))
        except CodecError as error:
            self._note(f"the card's command is damaged: {error}")
            response = TerminalResponse(0, 0, 0, Result.DATA_NOT_UNDERSTOOD)
        self._heard(self._ask(Ins.TERMINAL_RESPONSE, response.encode()), "TERMINAL RESPONSE")

    def _tell(self, telling: Telling, now: float) -> None:
        channel, event = telling.channel, telling.event()
        for _ in range(self._settings.faults.storm if event.event == Event.DATA_AVAILABLE else 0):
            self._ask(Ins.ENVELOPE, event.encode())
        answer = self._ask(Ins.ENVELOPE, event.encode())
        if answer.sw == BUSY:
            telling.since = telling.since or now
            if now - telling.since < self._settings.busy_seconds:
                self._not_before = now + self._settings.retry_seconds
                return
        self._telling.popleft()
        if telling.rests:
            channel.resting = False
        if not self._heard(answer, "ENVELOPE"):
            # The card does not know what the channel is at: the client had better begin anew.
            channel.drop()

    def _heard(self, answer: Answer, what: str) -> bool:
        """What a status word means for what comes next; whether all went well."""
        self._waiting = (answer.sw & 0xFF or 256) if answer.sw >> 8 == PENDING else 0
        # Any exchange serves as a poll (TS 102 221 §14.6.2).
        poll = self._terminal.poll_seconds if self._opened.is_set() else OPENING_POLL_SECONDS
        self._poll_at = NEVER if poll is None else time.monotonic() + poll
        if answer.ok or answer.warned:
            return True
        self._note(f"{what}: {answer.sw:04X} ({meaning(answer.sw)})")
        return False

    def _ask(self, ins: Ins, data: bytes = b"", *, p2: int = 0, le: int | None = None) -> Answer:
        asked = exchange(command(TOOLKIT, ins, 0, p2, data, le))
        if self._recorder is None:
            return dialogue.lead(asked, self._reader.transmit)
        return dialogue.run(asked, self._reader, self._recorder)

    def _note(self, text: str) -> None:
        if self._recorder is not None:
            self._recorder.note(f"BIP gateway: {text}", part="card")
