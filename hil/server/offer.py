"""The bootstrap message that a server hands out to a GET (DM Bootstrap §5.5.7), and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.codes import mime

PATHS = ("/bootstrap", "/OMA/DM/Bootstrap.xml")
"""Ours, and the one that a smart card web server has it under; despite its name, that is WBXML too."""


@dataclass(frozen=True, slots=True)
class Offer:
    body: bytes
    content_type: str = mime.DM_WBXML
    headers: Mapping[str, str] = field(default_factory=lambda: {"Cache-Control": "private"})
