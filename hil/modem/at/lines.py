"""From the bytes of a serial line to lines of text.

Line ends come as CR LF, as CR, as LF, doubled, and torn apart between two reads; empty lines say nothing.
The one thing that ends without a line end is the prompt ``> `` (TS 27.005 §4.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_LINE = 2048
"""A line that goes on for longer is cut: line noise must not fill the memory."""

PROMPT = b"> "

_PIECES = re.compile(rb"[\r\n]+|[^\r\n]+")
_CONTROLS = bytes(range(0x20)) + b"\x7f"


@dataclass(frozen=True, slots=True)
class AtLine:
    text: str
    """Without line ends, control characters and outer spaces."""
    raw: bytes
    """Every byte since the line before, so that all the ``raw`` together are what was received."""
    prompt: bool = False


class LineSplitter:
    def __init__(self) -> None:
        self._raw = bytearray()
        self._text = bytearray()
        """The bytes of the line that has begun."""

    def feed(self, data: bytes) -> list[AtLine]:
        """Take what was read, in pieces of any size; return the lines that it completes."""
        lines: list[AtLine] = []
        if len(self._raw) + len(data) < MAX_LINE:
            for piece in _PIECES.findall(data):
                self._feed_piece(piece, lines)
        else:
            self._feed_bytes(data, lines)
        return lines

    def _feed_bytes(self, data: bytes, lines: list[AtLine]) -> None:
        for byte in data:
            self._raw.append(byte)
            ends = byte in b"\r\n"
            if not ends:
                self._text.append(byte)
            if self._text == PROMPT:
                lines.append(AtLine("", self._take_raw(), prompt=True))
            elif (ends and self._text) or len(self._raw) >= MAX_LINE:
                text = bytes(self._text).translate(None, _CONTROLS).decode("ascii", "backslashreplace").strip()
                self._text.clear()
                if text:
                    lines.append(AtLine(text, self._take_raw()))
                elif len(self._raw) >= MAX_LINE:
                    self._raw.clear()

    def _feed_piece(self, piece: bytes, lines: list[AtLine]) -> None:
        """The same for a run of line ends, or of what stands between them: several times as fast."""
        if piece[0] in b"\r\n":
            if not self._text:
                self._raw += piece
                return
            # the first of them ends the line, the others belong to the next one
            self._raw.append(piece[0])
            text = bytes(self._text).translate(None, _CONTROLS).decode("ascii", "backslashreplace").strip()
            self._text.clear()
            if text:
                lines.append(AtLine(text, self._take_raw()))
            self._raw += piece[1:]
            return
        while len(self._text) < len(PROMPT) and (self._text + piece).startswith(PROMPT):
            cut = len(PROMPT) - len(self._text)
            self._raw += piece[:cut]
            lines.append(AtLine("", self._take_raw(), prompt=True))
            piece = piece[cut:]
        self._raw += piece
        self._text += piece

    def _take_raw(self) -> bytes:
        raw = bytes(self._raw)
        self._raw.clear()
        self._text.clear()
        return raw
