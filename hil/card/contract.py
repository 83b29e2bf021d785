"""What steps and other parts ask of a card, by capability."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from hil.card.reader import Reader


class Readable(Protocol):
    """Every card."""

    def reader(self) -> Reader: ...

    def without_waiting(self) -> AbstractContextManager[None]:
        """Within, connecting to the card waits for nobody who might insert one."""
        ...

    def web_ca(self) -> Path | None:
        """The authority of the certificate of the card's web server, where it was made for the run."""
        ...

    def localuicc(self) -> tuple[str, int] | None:
        """Where a card with an IP stack of its own is reached, host and port; None: it has none, as far as is
        known."""
        ...


class Insertable(Protocol):
    def insert(self, image: str, *, changes: Mapping[str, object]) -> None:
        """Put the card of an image in, with fields of the image changed."""
        ...


class Removable(Protocol):
    def remove(self) -> None: ...


CAPABILITIES: dict[str, type] = {"card.insert": Insertable, "card.image": Insertable, "card.remove": Removable}
