"""What decoding comes to: a tree of layers, each with the fields that its octets hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hil.trace.record import Json
from simulator.errors import CodecError


@dataclass(frozen=True, slots=True)
class Damage:
    """Where reading stopped, and why."""

    reason: str
    offset: int | None = None
    """In the octets of the layer that is damaged; None when there is no telling."""


@dataclass(slots=True)
class Layer:
    """One layer. ``start`` and ``end`` say where it lies in the octets of the layer around it."""

    kind: str
    title: str
    fields: list[tuple[str, Json]] = field(default_factory=list)
    children: list[Layer] = field(default_factory=list)
    start: int = 0
    end: int = 0
    damage: Damage | None = None

    def add(self, name: str, value: Json) -> None:
        """A field; one that is None is left out."""
        if value is not None:
            self.fields.append((name, value))

    def damaged_by(self, error: CodecError) -> None:
        """Only the first damage counts: what follows is its consequence."""
        if self.damage is None:
            self.damage = Damage(str(error), error.offset)

    def walk(self) -> Iterator[Layer]:
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def damages(self) -> list[tuple[Layer, Damage]]:
        """Every damaged layer, outermost first."""
        return [(layer, layer.damage) for layer in self.walk() if layer.damage is not None]

    def to_json(self) -> dict[str, Json]:
        """For programs. A name that occurs several times becomes a list."""
        values: dict[str, list[Json]] = {}
        for name, value in self.fields:
            values.setdefault(name, []).append(value)
        shown: dict[str, Json] = {
            "kind": self.kind,
            "title": self.title,
            "octets": [self.start, self.end],
            "fields": {name: list(seen) if len(seen) > 1 else seen[0] for name, seen in values.items()},
        }
        if self.damage is not None:
            shown["damage"] = {"reason": self.damage.reason, "offset": self.damage.offset}
        if self.children:
            shown["layers"] = [child.to_json() for child in self.children]
        return shown


def octets_text(data: bytes) -> str:
    """Octets as text where all of them are, else in hex."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data.hex(" ")
    return text if all(char.isprintable() or char in "\r\n\t" for char in text) else data.hex(" ")
