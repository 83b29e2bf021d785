"""The words of `dmrig card explore`: lines in, lines out."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hil.card.command import of_hex
from hil.card.names import Narrator
from hil.card.recording import Connected, Event
from hil.card.show import learn_secrets, told
from hil.errors import BenchError, ExitCode, UsageError
from hil.explore import description
from hil.explore.contents import NUMBERS, reader_for
from hil.explore.explorer import Entry, Explorer
from hil.nearest import nearest
from hil.trace.mask import Masker
from simulator.errors import SimulatorError

Say = Callable[[str], None]

BYTES_A_LINE = 16
DEEPEST = 4


class Leave(Exception):
    """The person has seen enough."""


@dataclass(frozen=True, slots=True)
class Word:
    usage: str
    about: str


WORDS: dict[str, Word] = {
    "ls": Word("ls", "the known files that are here"),
    "tree": Word("tree", "all known files from here on"),
    "cd": Word("cd PLACE", "go to a directory or application: USIM, 7F10, .., /"),
    "cat": Word("cat FILE", "what a file holds, in words and in hex"),
    "info": Word("info [FILE]", "what the card tells of a file, or of where we are"),
    "verify": Word("verify KEY [PIN]", "show the card a PIN (key 01) once, after its tries were counted"),
    "apdu": Word("apdu HEX", "send a command of your own"),
    "help": Word("help", "this"),
    "exit": Word("exit", "let go of the card"),
}


class Shell:
    """``heard``: what has crossed the reader's seam and was not looked at; `Explorer` fills it by its reader."""

    def __init__(
        self,
        explorer: Explorer,
        say: Say,
        heard: list[Event],
        masker: Masker,
        *,
        confirm: Callable[[str], bool],
        ask_pin: Callable[[str], str | None],
        last_try: bool = False,
    ) -> None:
        """``confirm`` is asked before a PIN is tried, ``ask_pin`` for one that was not given. ``last_try``: one is
        also tried when a wrong one would block it."""
        self._explorer = explorer
        self._say = say
        self._heard = heard
        self._masker = masker
        self._confirm = confirm
        self._ask_pin = ask_pin
        self._last_try = last_try
        self._narrator = Narrator()
        self._own: list[Event] = [Connected(b"")]
        """What the person's own commands brought: one selects, and the next reads."""

    @property
    def prompt(self) -> str:
        return f"{self._explorer.prompt}> "

    def completions(self, text: str, line: str) -> list[str]:
        """What ``text``, the last word of ``line``, may be the beginning of."""
        if not line[: len(line) - len(text)].strip():
            found = list(WORDS)
        else:
            names = self._explorer.names()
            found = [name for name in (*names.files.values(), *names.directories.values()) if name]
            found += self._application_names()
        return sorted({each for each in found if each.casefold().startswith(text.casefold()) and " " not in each})

    def obey(self, line: str) -> None:
        """One line. Raises `UsageError` for what is no command, `Leave`, and what the explorer raises."""
        try:
            words = [] if line.lstrip().startswith("#") else shlex.split(line)
        except ValueError as error:
            raise UsageError(f"{line!r}: {error}") from error
        if not words:
            return
        name, arguments = words[0], words[1:]
        if name in ("exit", "quit"):
            raise Leave
        if name not in WORDS:
            meant = nearest(name, WORDS)
            raise UsageError(
                f"there is no command {name!r}", hint=f"did you mean {meant!r}?" if meant else "help lists them"
            )
        getattr(self, f"_{name}")(arguments)

    def tell(self, error: BenchError | SimulatorError) -> None:
        self._say(self._masker.text(str(error)))
        if error.hint:
            self._say(f"  try: {error.hint}")

    def _ls(self, arguments: list[str]) -> None:
        _expect(arguments, "ls", 0, 0)
        for line in self._entries(0):
            self._say(line)

    def _tree(self, arguments: list[str]) -> None:
        _expect(arguments, "tree", 0, 0)
        self._say(self._explorer.prompt)
        self._branches(1)

    def _branches(self, depth: int) -> None:
        entries = list(self._explorer.listing())
        for entry in entries:
            self._say("  " * depth + _row(entry))
            if not entry.directory or depth >= DEEPEST:
                continue
            here = self._explorer.way
            self._explorer.change(entry.aid.hex() if entry.aid else f"{entry.fid:04X}")
            try:
                self._branches(depth + 1)
            finally:
                self._explorer.way = here

    def _entries(self, depth: int) -> Iterator[str]:
        found = False
        for entry in self._explorer.listing():
            found = True
            yield "  " * depth + _row(entry)
        if not found:
            yield "none of the files that are known here is there"

    def _cd(self, arguments: list[str]) -> None:
        _expect(arguments, "cd", 0, 1)
        self._explorer.change(arguments[0] if arguments else "/")

    def _cat(self, arguments: list[str]) -> None:
        _expect(arguments, "cat", 1, 1)
        self._heard.clear()
        name, described, content = self._explorer.read(arguments[0])
        learn_secrets([Connected(b""), *self._heard], self._masker)
        if described.kind == "transparent":
            self._show(name, content.content, "")
        for number, record in enumerate(content.records, 1):
            if record is None:
                self._say(f"record {number}: not readable")
            else:
                self._show(name, record, f"record {number}: ")
        if content.trouble:
            self._say(f"not all could be read: {content.trouble}")

    def _show(self, name: str, octets: bytes, prefix: str) -> None:
        lines = [] if not octets.strip(b"\xff") else list(_decoded(name, octets))
        if name in NUMBERS:
            for line in lines:
                number = line.rpartition(": ")[2].lstrip("+")
                self._masker.add(number if number[:1].isdigit() else "")
        for line in lines:
            self._say(self._masker.text(prefix + line))
        hidden = self._masker.octets(octets)
        if not octets.strip(b"\xff"):
            self._say(f"{prefix}empty ({len(octets)} bytes FF)")
            return
        for at in range(0, len(octets), BYTES_A_LINE):
            row = hidden[at : at + BYTES_A_LINE]
            text = "".join(chr(octet) if 0x20 <= octet < 0x7F else "." for octet in row)
            self._say(f"  {at:04X}  {row.hex(' ').upper():<{3 * BYTES_A_LINE}} {text}")

    def _info(self, arguments: list[str]) -> None:
        _expect(arguments, "info", 0, 1)
        found = list(description.rows(self._explorer.describe(arguments[0] if arguments else ".")))
        width = max(len(name) for name, _ in found)
        for name, value in found:
            self._say(f"{name:<{width}}  {value}")

    def _verify(self, arguments: list[str]) -> None:
        _expect(arguments, "verify", 1, 2)
        try:
            key = int(arguments[0], 16)
        except ValueError:
            key = -1
        if not 0 < key < 0x100:
            raise UsageError(
                f"{arguments[0]!r} is no key reference", hint="01 is the PIN, 0A the issuer's first key"
            )
        counters = self._explorer.counters(key)
        if not counters.known:
            raise UsageError(f"the card knows no key {key:02X}")
        left = "an unknown number of" if counters.left is None else counters.left
        self._say(f"key {key:02X}: {left} tries left")
        value = arguments[1] if len(arguments) > 1 else self._ask_pin(f"PIN of key {key:02X}")
        if not value:
            return
        self._masker.add(value)
        if not self._confirm("Show it to the card, once?"):
            self._say("not tried")
            return
        self._explorer.verify(key, value, counters.left, last_try=self._last_try)
        self._say("verified")

    def _apdu(self, arguments: list[str]) -> None:
        try:
            apdu = of_hex("".join(arguments))
        except ValueError as error:
            raise UsageError(f"a command in hex is expected ({error})", hint="apdu 00A40004022F00") from None
        self._heard.clear()
        self._explorer.exchange(apdu)
        self._own += self._heard
        learn_secrets(self._own, self._masker)
        for event in self._heard:
            for line in told(event, self._narrator, self._masker):
                self._say(line)

    def _help(self, arguments: list[str]) -> None:
        width = max(len(word.usage) for word in WORDS.values())
        for word in WORDS.values():
            self._say(f"{word.usage:<{width}}  {word.about}")
        self._say("Files go by name or by four hex digits, paths by slashes: USIM/IMSI, /2FE2.")

    def _application_names(self) -> list[str]:
        from hil.explore.places import Step

        return [Step(aid=aid).name for aid, _ in self._explorer.applications]


def obey_all(shell: Shell, lines: Iterator[str]) -> ExitCode:
    """One line after the other, until ``exit`` or one that fails: then that one's exit code."""
    for line in lines:
        try:
            shell.obey(line)
        except Leave:
            break
        except BenchError as error:
            shell.tell(error)
            return error.exit_code
        except SimulatorError as error:
            shell.tell(error)
            return ExitCode.USAGE
    return ExitCode.PASSED


def _row(entry: Entry) -> str:
    described = entry.description
    name = f"{entry.name or 'file'}{'/' if entry.directory else ''}"
    fid = f"{entry.fid:04X}" if entry.fid is not None else "ADF "
    if entry.directory:
        size = f"AID {entry.aid.hex().upper()}" if entry.aid else ""
    elif described.record_size:
        size = f"{described.records} records of {described.record_size} bytes"
    else:
        size = description.size_told(described)
    state = "" if described.life_cycle.name == "ACTIVATED" else f"  {described.life_cycle.name.lower()}"
    return f"{fid}  {name:<20} {size}{state}".rstrip()


def _decoded(name: str, octets: bytes) -> Iterator[str]:
    reader = reader_for(name)
    if reader is None:
        return
    try:
        yield from reader(octets)
    except (SimulatorError, ValueError) as error:
        yield f"not understood: {error}"


def _expect(arguments: list[str], name: str, least: int, most: int) -> None:
    if not least <= len(arguments) <= most:
        raise UsageError(f"usage: {WORDS[name].usage}")
