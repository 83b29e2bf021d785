"""What push parts have in common: a push becomes pieces, the network arranges them, and each one goes."""

from __future__ import annotations

from abc import abstractmethod
from typing import Generic, TypeVar

from hil.errors import CannotDo
from hil.part import Part
from hil.push.arrange import arrange
from hil.push.contract import PLAIN, Meta
from simulator.errors import EncodeError

Piece = TypeVar("Piece")


class PushPart(Part, Generic[Piece]):
    """A bearer, seen from the network's side."""

    capabilities = frozenset({"push.deliver"})

    def deliver(self, push: bytes, meta: Meta = PLAIN) -> list[Piece]:
        """Send a push; returns the pieces that went, in the order in which they did.

        Raises `CannotDo` for a push that this bearer has no form for; nothing of it has gone then.
        """
        try:
            pieces = arrange(self._pieces(push, meta), meta.arrangement)
        except EncodeError as error:
            raise CannotDo(f"this push cannot go by {self.kind}: {error}") from error
        self._tell(push, meta, pieces)
        for piece in pieces:
            self._carry(piece)
        return pieces

    def break_off(self, push: bytes, meta: Meta) -> None:
        """As `Bearer.break_off`. A bearer without a connection loses the push, as when the radio link breaks."""
        self.bench.recorder.note("the push was lost: what carried it broke off", part="push")

    @abstractmethod
    def _pieces(self, push: bytes, meta: Meta) -> list[Piece]:
        """What carries the push, in order. Raises `EncodeError` when nothing can."""

    @abstractmethod
    def _tell(self, push: bytes, meta: Meta, pieces: list[Piece]) -> None:
        """Record what is about to go."""

    @abstractmethod
    def _carry(self, piece: Piece) -> None:
        """Let one piece go. What becomes of it is none of the caller's business, unless the part breaks."""
