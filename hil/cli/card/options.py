"""Options that several card commands have, and the one place where a reader is chosen from them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from hil.card.reader import Reader
    from hil.tls.run import RunCertificates

F = TypeVar("F", bound=Callable[..., Any])

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")

WAYS = ("csim", "cgla", "crsm")
"""`hil.simaccess.ways.WAYS`, which is not loaded for a ``--help``."""

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
    modem: str | None = None
    by: str | None = None
    recording: Path | None = None

    def open(self, *, exclusive: bool = False) -> Reader:
        """The reader that was chosen, not connected yet; without any option, the one that PC/SC has.

        ``exclusive``: no other program may use the card meanwhile. Raises `UsageError` for options that exclude
        each other, and `PartMissing`.
        """
        from hil.errors import UsageError

        given = [
            f"--{name}" for name in ("reader", "image", "modem", "recording") if getattr(self, name) is not None
        ]
        if len(given) > 1:
            raise UsageError(f"{' and '.join(given)} exclude each other", hint="say once where the card is")
        if self.by is not None and self.modem is None:
            raise UsageError("--by says how a modem is asked", hint="name its port: --modem /dev/ttyUSB2")
        if self.image is not None:
            return virtual(self.image)
        if self.modem is not None:
            return _in_modem(self.modem, self.by)
        if self.recording is not None:
            from hil.card.recording import RecordedReader, load

            return RecordedReader(load(self.recording), f"the recording {self.recording}")
        from hil.card.pcsc import PcscReader

        return PcscReader(self.reader or "*", self.wait, exclusive=exclusive)


def reader_options(command: F) -> F:
    """Decorator: the command has the options that say where the card is, and gets them as ``choice``."""

    @click.option("--reader", metavar="NAME", help="Which reader; * and ? stand for what does not matter [*].")
    @click.option("--image", metavar="FILE", help="A virtual card: an image file, or one that comes with dmrig.")
    @click.option(
        "--modem", metavar="PORT", help="The SIM in the modem at this serial port (or socket://HOST:PORT)."
    )
    @click.option("--by", type=click.Choice(WAYS), help=f"How the modem is asked for its SIM [{WAYS[0]}].")
    @click.option(
        "--recording",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A recording instead of a card: a run's directory, or what `card trace --out` wrote.",
    )
    @click.option("--wait", type=click.FloatRange(0, 3600), default=10.0, metavar="SECONDS", show_default=True,
                  help="How long to wait for a card in a reader.")  # fmt: skip
    @functools.wraps(command)
    def chosen(
        *arguments: Any,
        reader: str | None,
        image: str | None,
        modem: str | None,
        by: str | None,
        recording: Path | None,
        wait: float,
        **others: Any,
    ) -> Any:
        choice = ReaderChoice(reader, image, wait, modem, by, recording)
        return command(*arguments, choice=choice, **others)

    return chosen  # type: ignore[return-value]


def _in_modem(port: str, by: str | None) -> Reader:
    from datetime import UTC, datetime

    from hil.simaccess.port import PortSource
    from hil.simaccess.ways import DEFAULT, WAYS, reader
    from hil.trace.recorder import Recorder

    way = next((way for way in WAYS if way == by), DEFAULT)
    return reader(way, PortSource(port, Recorder(lambda: datetime.now(UTC))), place=f"the modem at {port}")


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
