"""Server commands from the text of a file."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from hil.errors import InvalidFile
from hil.server.commands import ServerCommand
from hil.yamlfile import parse_text


class Holder(BaseModel):
    commands: tuple[ServerCommand, ...]


def read(text: str) -> tuple[ServerCommand, ...]:
    found, mistakes = parse_text(Path("server.yaml"), text).parse(Holder)
    if found is None:
        raise InvalidFile(mistakes)
    return found.commands
