"""What a file says about an external device: the commands that act on it, and where it is reached."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from hil.errors import UsageError
from hil.fields import Duration
from hil.nearest import nearest
from hil.part import PartSettings

_VARIABLE = re.compile(r"\$(\$?)\{([^{}]*)\}")

SHELL = "/bin/sh"


class Command(BaseModel):
    """A program and its arguments as a list, or one text for the shell; written so alone, it is `run`.

    ``${name}`` stands for a variable of the run. In a text for the shell its value is quoted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: tuple[str, ...] | str
    within: Duration = timedelta(seconds=30)
    """How long it may take; then it is ended, and so is the run."""
    any_code: bool = False
    """Whatever it exits with is well: a client that ends with an error when its session does. Otherwise it has to
    be 0."""

    @field_validator("run")
    @classmethod
    def _something(cls, run: tuple[str, ...] | str) -> tuple[str, ...] | str:
        if not run or not (run.strip() if isinstance(run, str) else run[0]):
            raise ValueError("a command is missing: a list of words, or a text for the shell")
        return run

    def words(self, variables: Mapping[str, str]) -> list[str]:
        """What is started. Raises `UsageError` for a variable that nobody has."""
        if isinstance(self.run, str):
            return [SHELL, "-c", filled(self.run, variables, shlex.quote)]
        return [filled(word, variables) for word in self.run]


class Start(Command):
    """The command that switches the device on."""

    stays: bool = False
    """It is the device itself, and runs for as long as the device is on."""
    ready: str | None = None
    """Of one that stays: words in a line of its output, which are waited for. `within` says how long."""

    @model_validator(mode="after")
    def _sensible(self) -> Start:
        if self.ready is not None and not self.stays:
            raise ValueError("'ready' belongs to a program that stays: stays: yes")
        return self


def _short(said: object) -> object:
    return {"run": said} if isinstance(said, str | list) else said


Short = BeforeValidator(_short)
ACommand = Annotated[Command, Short]


class Log(BaseModel):
    """What is kept of the device's own logs, in the run's directory, when the run ends."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: tuple[str, ...] | str | None = None
    """A command that prints it."""
    files: tuple[str, ...] = ()
    """Files, from the folder that commands run in."""

    def command(self) -> Command | None:
        return None if self.run is None else Command(run=self.run)


class Reached(BaseModel):
    """Where pushes reach the device beside its modem. Port 0: a free one is chosen, and the device is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    udp: str | None = None
    """``127.0.0.1:2948``: the port there that stands for 2948. `${device.udp_port}` has it."""
    http: str | None = None
    """``http://127.0.0.1:4035/wappush``. `${device.http_port}` has the port."""

    @field_validator("udp")
    @classmethod
    def _host_port(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[^\s:/@]+:\d{1,5}", value):
            raise ValueError("a host and a port are expected, such as 127.0.0.1:2948")
        return value

    @field_validator("http")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "http://x")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("a URL that begins with http:// or https:// is expected")
        return value


class ExternalSettings(PartSettings):
    start: Annotated[Start, Short] | None = None
    """Switches it on."""
    stop: ACommand | None = None
    """Switches it off; not needed for one that stays, which is ended."""
    power_cycle: ACommand | None = None
    """Off and on again; without it, `stop` and `start` do it."""
    trigger: ACommand | None = None
    """Has it open a session of its own accord. ``${server}`` is the ServerID that is meant."""
    answer: ACommand | None = None
    """Says what its user says to a question, when the server has sent it. ``${answer}`` is `seen`, `yes`, `no`,
    `cancel`, `types` or `chooses`, ``${answer.text}`` what is typed, or the numbers joined by ``-``;
    ``${question}`` is the text, ``${question.code}`` the alert's."""
    tree: ACommand | None = None
    """Prints its management tree as JSON: URIs with values."""
    log: Annotated[Log, BeforeValidator(lambda said: {"files": said} if isinstance(said, list) else said)] = Log()
    """Its own logs."""
    listen: Reached = Reached()
    identity: dict[str, str] = Field(default_factory=dict)
    """What a report says about it: make, version…"""
    secrets: tuple[str, ...] = ()
    """What no trace may show, such as its IMEI."""
    environment: dict[str, str] = Field(default_factory=dict)
    """For every command, beside the bench's own and ``DMRIG_…`` with the run's variables."""
    folder: str = "."
    """Where commands run, counted from the file that says so."""

    def commands(self) -> dict[str, Command]:
        named = {name: getattr(self, name) for name in COMMANDS}
        return {name: command for name, command in named.items() if command is not None}


COMMANDS = ("start", "stop", "power_cycle", "trigger", "answer", "tree")


def located(said: dict[str, object], folder: Path) -> dict[str, object]:
    """With the folder of commands as it is seen from anywhere."""
    return {**said, "folder": str((folder / str(said.get("folder") or ".")).resolve())}


def filled(text: str, variables: Mapping[str, str], quote: Any = str) -> str:
    """``text`` with values instead of variables; ``$${name}`` stands for itself. Raises `UsageError`."""

    def value(found: re.Match[str]) -> str:
        name = found[2].strip()
        if found[1]:
            return found[0][1:]
        if name not in variables:
            meant = nearest(name, variables)
            known = ", ".join(sorted(variables))
            raise UsageError(
                f"a command of the device uses ${{{name}}}, which has no value here",
                hint=f"did you mean {meant!r}?" if meant else f"known are: {known}",
            )
        return str(quote(variables[name]))

    return _VARIABLE.sub(value, text)


def environment(own: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """``DMRIG_SERVER_URL`` for ``server.url``, and the file's own."""
    found = {f"DMRIG_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}": value for name, value in variables.items()}
    return found | {name: filled(text, variables) for name, text in own.items()}
