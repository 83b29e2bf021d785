"""Options that several card commands have, and the one place where a reader is chosen from them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from hil.card.reader import Reader
    from hil.tls.run import RunCertificates

F = TypeVar("F", bound=Callable[..., Any])

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")

ADDRESSES = {
    "server.url": "http://127.0.0.1:8080/dm",
    "server.bootstrap_url": "http://127.0.0.1:8080/bootstrap",
}
"""What the variables of an image mean where no server runs: where `dmrig server` would."""


@dataclass(frozen=True, slots=True)
class ReaderChoice:
    """What the options of `reader_options` said."""

    reader: str | None = None
    image: str | None = None
    wait: float = 10.0

    def open(self, *, exclusive: bool = False) -> Reader:
        """The reader that was chosen, not connected yet; without any option, the one that PC/SC has.

        ``exclusive``: no other program may use the card meanwhile. Raises `UsageError` for options that exclude
        each other, and `PartMissing`.
        """
        from hil.errors import UsageError

        given = [f"--{name}" for name in ("reader", "image") if getattr(self, name) is not None]
        if len(given) > 1:
            raise UsageError(f"{' and '.join(given)} exclude each other", hint="say once where the card is")
        if self.image is not None:
            return virtual(self.image)
        from hil.card.pcsc import PcscReader

        return PcscReader(self.reader or "*", self.wait, exclusive=exclusive)


def reader_options(command: F) -> F:
    """Decorator: the command has the options that say where the card is, and gets them as ``choice``."""

    @click.option("--reader", metavar="NAME", help="Which reader; * and ? stand for what does not matter [*].")
    @click.option("--image", metavar="FILE", help="A virtual card: an image file, or one that comes with dmrig.")
    @click.option("--wait", type=click.FloatRange(0, 3600), default=10.0, metavar="SECONDS", show_default=True,
                  help="How long to wait for a card in a reader.")  # fmt: skip
    @functools.wraps(command)
    def chosen(*arguments: Any, reader: str | None, image: str | None, wait: float, **others: Any) -> Any:
        return command(*arguments, choice=ReaderChoice(reader, image, wait), **others)

    return chosen  # type: ignore[return-value]


def virtual(
    image: str, certificates: RunCertificates | None = None, told: Callable[[str], None] | None = None
) -> Reader:
    """A virtual reader with the card of an image in it. Raises `UsageError` and `InvalidFile`.

    ``certificates``: where its web server's is from. ``told``: hears what that is asked.
    """
    from hil.account import Account
    from hil.card.image import load_image
    from hil.card.uicc.build import build
    from hil.card.virtual import VirtualReader

    reader = VirtualReader(f"virtual reader with {image}")
    reader.insert(build(load_image(image).substituted(Account().variables() | ADDRESSES), certificates, told))
    return reader
