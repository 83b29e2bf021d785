"""Text that is to stand in a CDATA section, wherever it is written as XML."""

from __future__ import annotations


class Cdata(str):
    """Equal to the same text as a plain ``str``; WBXML has no CDATA sections and writes it as that."""

    __slots__ = ()
