"""A dump as a whole: from a reader to the text of a card image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hil.card.dialogue import run
from hil.card.dump.compose import compose, image_of
from hil.card.dump.found import FoundCard
from hil.card.dump.headers import headers
from hil.card.dump.walk import Tell, Walk
from hil.card.image import CardImage
from hil.card.imagetext import text
from hil.card.reader import Reader
from hil.trace.recorder import Recorder

MAX_EXCHANGES = 200_000
"""A thorough walk tries some thousand identifiers, and a card's files can be long."""

HEAD = """Made by `dmrig card dump`: what the card's readable files hold, the secrets in them too. Keep it to
yourself. What is not known of a file is said beside it; a file that nobody thought of is not here at all."""


@dataclass(frozen=True, slots=True)
class Dump:
    found: FoundCard
    image: CardImage
    text: str
    """The image's file."""


def dump(
    reader: Reader,
    tell: Tell,
    *,
    keys: Mapping[int, str] | None = None,
    last_try: bool = False,
    thorough: bool = False,
    recorder: Recorder | None = None,
) -> Dump:
    """Connect, copy what can be read, and let go. Raises `PartError`, `CardError`, and `Refusal` of a PIN."""
    atr = reader.connect()
    try:
        found = run(
            Walk(tell, keys=keys, last_try=last_try, thorough=thorough).card(),
            reader,
            recorder,
            most=MAX_EXCHANGES,
        )
        found.atr = atr
        if found.habits.mode == "uicc":
            # A card chooses its language by the first command after a reset (TS 102 221 §5).
            reader.reset()
            if run(headers(found.mf), reader, recorder, most=MAX_EXCHANGES):
                found.habits = replace(found.habits, mode="dual")
    finally:
        reader.disconnect()
    document = compose(found, "A copy of a card.")
    missing = "".join(f"\nNot selected: {each}" for each in found.refused)
    return Dump(found, image_of(document), text(document, HEAD + missing))
