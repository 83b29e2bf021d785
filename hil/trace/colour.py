"""The timeline's rows in colour. Only imported when the stream is a terminal: it brings rich with it."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.text import Text

from hil.trace.record import Kind
from hil.trace.row import Row, Writer, columns, showable

STYLES: dict[Kind, str] = {
    "step": "bold",
    "dm": "cyan",
    "sms": "magenta",
    "push": "magenta",
    "device": "green",
    "note": "yellow",
    "apdu": "dim",
    "at": "dim",
    "http": "dim",
}


def rich_writer(stream: TextIO) -> Writer:
    console = Console(file=stream, highlight=False, markup=False, emoji=False)

    def write(row: Row) -> None:
        time, part, sign = columns(row)
        style = STYLES[row.kind]
        parts = ((time, "dim"), "  ", (part, "bold"), "  ", (sign, style), " ", (row.text, style))
        line = Text.assemble(*((showable(each[0], stream.encoding), each[1]) if isinstance(each, tuple) else each
                               for each in parts))  # fmt: skip
        # soft_wrap: a long line is the terminal's to break, so that it can be copied whole
        console.print(line, soft_wrap=True)

    return write
