"""What a device finds on its card (DM Bootstrap §5.5.6), and that no trace shows the secrets in it."""

from __future__ import annotations

from collections.abc import Callable

from hil.bench import Bench
from hil.card import dialogue
from hil.card.contract import Readable
from hil.errors import CardGone, NoCard
from hil.trace.messages import secrets_of_message
from simulator.bootstrap.card import CardBootstrap, read_bootstrap
from simulator.errors import CardError


def read_card(
    bench: Bench, tell: Callable[[str], None], ignore: Callable[[str, str], None]
) -> tuple[str | None, CardBootstrap]:
    """The card's origin (None: no usable card) and what is on it. A card that breaks is as good as none.

    Raises `PartError` when not the card is missing but the reader, or what is behind it.

    ``tell`` hears what was found, ``ignore`` what had to be passed over and why.
    """
    reader = bench.part("card", Readable).reader()
    try:
        reader.connect()
        found = dialogue.run(read_bootstrap(), reader, bench.recorder)
    except NoCard as error:
        tell(f"no card: {error}")
        return None, CardBootstrap()
    except (CardError, CardGone) as error:
        ignore("card", str(error))
        return None, CardBootstrap()
    finally:
        reader.disconnect()
    for secret in filter(None, (found.iccid, found.imsi)):
        bench.recorder.masker.add(secret)
    for message in found.messages:
        learn(bench, message)
    for note in found.notes:
        tell(f"card: {note}")
    return f"card:{found.iccid or 'unknown'}", found


def learn(bench: Bench, message: bytes) -> None:
    """Tell the masker the secrets of a bootstrap message, wherever it came from."""
    for secret in secrets_of_message(message):
        bench.recorder.masker.add(secret)
