"""Values of commands that stand in files of their own."""

from __future__ import annotations

from pathlib import Path

from hil.errors import UsageError
from hil.server.commands import Add, Block, Exec, Replace, ServerCommand, Written
from hil.server.writing import LONGEST


def with_files(command: ServerCommand, folder: Path) -> ServerCommand:
    """The command with the content of the files that it names, looked up in ``folder`` first.

    Raises `UsageError` for a file that cannot be read.
    """
    match command.act:
        case Block(commands=commands) as block:
            inner = tuple(with_files(one, folder) for one in commands)
            changed: object = block.model_copy(update={"commands": inner})
        case Add() | Replace() | Exec() as act:
            items = tuple(_with_file(item, folder) for item in act.items)
            changed = _with_file(act.model_copy(update={"items": items}), folder)
        case _:
            return command
    return command.model_copy(update={name: changed for name, given in command if given is not None})


def _with_file(written: Written, folder: Path) -> Written:
    if written.file is None:
        return written
    octets = _read(written.file, folder)
    if len(octets) * written.times > LONGEST:
        raise UsageError(f"{written.file} is too long for a value: at most {LONGEST} octets are sent")
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        return written.model_copy(update={"file": None, "hex": octets})
    return written.model_copy(update={"file": None, "value": text})


def _read(name: str, folder: Path) -> bytes:
    path = next((path for path in (folder / name, Path(name)) if path.is_file()), None)
    if path is None:
        raise UsageError(f"there is no file {name!r} with a value", hint=f"it is looked up in {folder} first")
    try:
        with path.open("rb") as file:
            return file.read(LONGEST + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
