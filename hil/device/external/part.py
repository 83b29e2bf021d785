"""A DM client under test as the rig's device: commands act on it, and its server sees what it does.

It carries nothing: the client reads its card, listens to its modem and talks to the server by itself. What it says
to the server is recorded at the server's door, and its sessions are the server's. Time is real beside it.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections import deque
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast
from urllib.parse import urlsplit, urlunsplit

from hil.bench import Bench
from hil.device.contract import KnownAccount, NodeSeen
from hil.device.external import logs
from hil.device.external.program import Program, finished
from hil.device.external.seen import SeenSession, questions
from hil.device.external.settings import Command, ExternalSettings, environment, located
from hil.device.external.tree import TreeDump
from hil.errors import BenchError, CannotDo, ExpectationFailed, PartBroke
from hil.http.record import ExchangeRecorder
from hil.part import Part, PartSettings, part_kind
from hil.push.contract import HTTP_LISTENING, UDP_LISTENING, HttpTerminal
from hil.push.senders.address import Endpoint
from hil.server.contract import Watched
from simulator.codes.wsp import PORT_PUSH
from simulator.session.interaction import Answer, Cancelled, Chosen, Confirmed, Interaction, Shown, Typed

if TYPE_CHECKING:
    from hil.server.front import Exchange

WATCH = "server.watch"

FRESH = timedelta(milliseconds=300)
"""How long a tree that was printed is looked at."""

BY_COMMAND: dict[str, frozenset[str]] = {
    "trigger": frozenset({"device.connect"}),
    "answer": frozenset({"device.user"}),
    "tree": frozenset({"device.inspect", "device.tree"}),
}
"""What the device can do by being given one command."""


@part_kind("device", "external")
class ExternalDevice(Part):
    """A DM client that is no part of dmrig, driven by commands."""

    Settings = ExternalSettings
    capabilities = frozenset(
        {"device.power", "device.power_cycle", "device.crash", UDP_LISTENING, HTTP_LISTENING}
    ).union(*BY_COMMAND.values())
    grants: ClassVar[Mapping[str, frozenset[str]]] = {WATCH: frozenset({"device.sessions"})}
    withholds = frozenset({"card.seam", "modem.seam"})
    spares = frozenset({"card", "modem"})
    jumps = False
    settings: ExternalSettings

    @classmethod
    def offered(cls, settings: PartSettings) -> frozenset[str]:
        said = cast("ExternalSettings", settings)
        start, stays = said.start is not None, said.start is not None and said.start.stays
        found = frozenset[str]().union(*(can for name, can in BY_COMMAND.items() if name in said.commands()))
        for there, can in (
            (start and (stays or said.stop is not None), {"device.power", "device.power_cycle"}),
            (start and said.power_cycle is not None, {"device.power_cycle"}),
            (stays, {"device.crash"}),
            (said.listen.udp is not None, {UDP_LISTENING}),
            (said.listen.http is not None, {HTTP_LISTENING}),
        ):
            found |= can if there else set()
        return found

    @classmethod
    def required(cls, settings: PartSettings) -> frozenset[str]:
        """Questions are known from the server's messages alone."""
        return frozenset({WATCH}) if cast("ExternalSettings", settings).answer is not None else frozenset()

    @classmethod
    def beside(cls, said: dict[str, object], folder: Path) -> dict[str, object]:
        return located(said, folder)

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        super().__init__(settings, bench)
        self.asked: list[Interaction] = []
        """What the server had it show to its user, or ask."""
        self._answers: deque[Answer | None] = deque()
        self._program: Program | None = None
        """The device itself, where its command stays."""
        self._running: set[Program] = set()
        self._on = False
        self._directory: Path | None = None
        self._dump: TreeDump | None = None
        self._dumped = bench.now()
        self._ports: dict[str, str] = {}
        self._exchanges = ExchangeRecorder(bench.recorder, "server")

    def start(self) -> None:
        """Nothing of the device's is started before the scenario says so."""
        for secret in self.settings.secrets:
            self.bench.recorder.masker.add(secret)
        self._directory = Path(tempfile.mkdtemp(prefix="dmrig-device-"))
        listen = self.settings.listen
        for name, port in (
            ("device.udp_port", int(listen.udp.rpartition(":")[2]) if listen.udp else None),
            ("device.http_port", urlsplit(listen.http).port if listen.http else None),
        ):
            if port is not None:
                kind = socket.SOCK_DGRAM if name == "device.udp_port" else socket.SOCK_STREAM
                self._ports[name] = str(port or _free_port(kind))
        server = self.bench.parts["server"]
        if hasattr(server, "watch"):
            cast("Watched", server).watch(self._exchanged)

    def stop(self) -> None:
        """Whatever became of the run: fetch the logs, end every program, leave no file."""
        try:
            if self._on:
                self._switch_off()
            if self._directory is not None:
                self._fetch_logs()
        except BenchError as error:
            self.bench.recorder.note(f"the device: {error}", part="device")
        finally:
            self._on = False
            for program in list(self._running):
                program.end()
            directory, self._directory = self._directory, None
            if directory is not None:
                shutil.rmtree(directory, ignore_errors=True)

    def variables(self) -> dict[str, str]:
        there = {} if self._directory is None else {"device.directory": str(self._directory)}
        return {**there, **self._ports}

    def identity(self) -> dict[str, str]:
        return dict(self.settings.identity)

    # -- what a user does

    def power_on(self) -> None:
        if self._on:
            raise CannotDo("the device is on already", hint="switch it off first: device.power_off")
        start = self.settings.start
        assert start is not None, "the capability device.power says whether there is one"
        self._on = True
        self._tell("power on")
        if not start.stays:
            self._do("start", start)
            return
        self._program = program = self._begin("start", start, {})
        if start.ready is None:
            return
        words = start.ready
        in_time = program.wait(start.within, lambda: any(words in line for line in program.lines))
        if not in_time or not program.running:
            why = "has ended" if in_time else f"does not say {words!r} within {start.within.total_seconds():g} s"
            raise PartBroke(f"the device's program {why}; its last words: {program.last_words}")

    def power_off(self) -> None:
        if self._on:
            self._switch_off()
        self._tell("power off")

    def power_cycle(self) -> None:
        command = self.settings.power_cycle
        if command is not None:
            self._tell("power cycle")
            self._do("power_cycle", command)
            return
        self.power_off()
        self.power_on()

    def crash(self, after_changes: int = 0) -> None:
        """Its program ends between two instructions."""
        program = self._program
        if program is None or not program.running:
            raise CannotDo("the device is off", hint="switch it on first: device.power_on")
        self._on, self._program = False, None
        program.end(at_once=True)
        self._tell("the device has lost its power")

    def _switch_off(self) -> None:
        self._on = False
        program, self._program = self._program, None
        if program is not None:
            program.wanted = True
        if self.settings.stop is not None:
            self._do("stop", self.settings.stop)
        if program is not None:
            program.end()

    def connect(self, server_id: str | None) -> None:
        trigger = self.settings.trigger
        assert trigger is not None, "the capability device.connect says whether there is one"
        self._do("trigger", trigger, server=server_id or self.bench.account.server_id)

    def user_answers(self, answers: list[Answer | None]) -> None:
        if None in answers:
            raise CannotDo("an external device cannot be told that it has no means to show a question")
        self._answers += answers

    # -- what an expectation looks at

    @property
    def sessions(self) -> list[SeenSession]:
        server_id = self.bench.account.server_id
        return [SeenSession(record, server_id) for record in self.bench.part("server", Watched).sessions]

    def accounts(self) -> list[KnownAccount]:
        return list(self._tree().accounts())

    def value(self, uri: str) -> str | None:
        node = self.node(uri)
        return None if node is None else node.value

    def node(self, uri: str) -> NodeSeen | None:
        return self._tree().node(uri)

    def subtree(self, uri: str) -> list[NodeSeen]:
        return list(self._tree().below(uri))

    def _tree(self) -> TreeDump:
        """What an expectation that waits looks at again and again is asked for once in a while."""
        now = self.bench.now()
        if self._dump is None or now - self._dumped > FRESH:
            self._dump, self._dumped = self._read_tree(), now
        return self._dump

    def _read_tree(self) -> TreeDump:
        command = self.settings.tree
        assert command is not None, "the capability device.tree says whether there is one"
        return TreeDump(bytes(self._do("tree", command, show=False).output))

    # -- where pushes reach it

    def udp_sockets(self) -> Mapping[int, Endpoint]:
        host = (self.settings.listen.udp or "").rpartition(":")[0]
        return {PORT_PUSH: Endpoint(host, int(self._ports["device.udp_port"]))}

    def datagrams_taken(self) -> int:
        return 0

    def wait_for_datagrams(self, count: int, seconds: float) -> bool:
        """Nobody tells when a datagram is read."""
        return True

    def http_terminal(self) -> HttpTerminal | None:
        url = urlsplit(self.settings.listen.http or "")
        if url.port is None:
            return HttpTerminal(url.geturl())
        host = f"{url.hostname}:{self._ports['device.http_port']}"
        return HttpTerminal(urlunsplit((url.scheme, host, url.path, url.query, "")))

    # -- programs

    def _do(self, name: str, command: Command, *, show: bool = True, **extra: str) -> Program:
        """Run a command to its end."""
        program = self._begin(name, command, extra, show=show)
        return finished(program, command.within, any_code=command.any_code)

    def _begin(self, name: str, command: Command, extra: Mapping[str, str], *, show: bool = True) -> Program:
        # Whatever a command does, the tree may be another one after it.
        self._dump = None
        variables = {**self.bench.variables(), **extra}
        words = command.words(variables)
        self.bench.recorder.note(f"{name}: {' '.join(words)}", part="device")
        program = Program(
            name,
            words,
            self.bench,
            folder=self.settings.folder,
            environment=environment(self.settings.environment, variables),
            show=show,
            ended=self._has_ended,
        )
        self._running.add(program)
        return program

    def _has_ended(self, program: Program) -> None:
        self._running.discard(program)
        if program is not self._program or program.wanted:
            return
        self._on, self._program = False, None
        said = f"the device's program ended by itself with exit code {program.code}"
        self._tell(said)
        if program.code:
            raise ExpectationFailed(f"{said}; its last words: {program.last_words}")

    def _fetch_logs(self) -> None:
        directory = self.bench.directory
        command = self.settings.log.command()
        if directory is None:
            return
        recorder = self.bench.recorder
        if command is not None:
            logs.keep(directory, "log", bytes(self._do("log", command, show=False).output), recorder.masker)
        for name, data in logs.read(Path(self.settings.folder), self._filled(self.settings.log.files)):
            if isinstance(data, str):
                recorder.note(f"the device's log is not kept: {data}", part="device")
            else:
                logs.keep(directory, name, data, recorder.masker)

    def _filled(self, files: tuple[str, ...]) -> list[str]:
        return [Command(run=(file,)).words(self.bench.variables())[0] for file in files]

    # -- what its server saw. In a thread of the server's

    def _exchanged(self, seen: Exchange) -> None:
        self._exchanges.request("POST", seen.url, seen.headers, seen.body)
        self._dump = None
        reply = seen.reply
        headers = {**reply.headers, "Content-Type": reply.content_type}
        self._exchanges.answer(seen.url, reply.status, headers, reply.content_type, reply.body)
        for question in questions(reply.body, reply.content_type) if reply.status == 200 else ():
            self.bench.scheduler.post(lambda question=question: self._was_asked(question))  # type: ignore[misc]

    def _was_asked(self, question: Interaction) -> None:
        self.asked.append(question)
        self._tell(f"the server asks the user: {question.text}")
        answer = self._answers.popleft() if self._answers else None
        said = None if answer is None else _in_words(answer)
        command = self.settings.answer
        if said is None or command is None:
            # Time runs out: nobody is there.
            return
        extra = {
            "answer": said[0],
            "answer.text": said[1],
            "question": question.text,
            "question.code": str(int(question.code)),
        }
        program = self._begin("answer", command, extra)
        self.bench.scheduler.call_later(command.within, lambda: self._late(program, command.within))

    def _late(self, program: Program, within: timedelta) -> None:
        if program.running:
            program.end()
            raise PartBroke(f"the device's answer has not ended within {within.total_seconds():g} s")

    def _tell(self, text: str) -> None:
        self.bench.recorder.record("device", "device", "", text)


def _in_words(answer: Answer) -> tuple[str, str] | None:
    match answer:
        case Shown():
            return "seen", ""
        case Confirmed(yes=yes):
            return ("yes" if yes else "no"), ""
        case Cancelled():
            return "cancel", ""
        case Typed(text=text):
            return "types", text
        case Chosen(numbers=numbers):
            return "chooses", "-".join(map(str, numbers))
        case _:
            return None


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
