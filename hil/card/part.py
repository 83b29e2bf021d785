"""What all card parts have in common: a reader; and for virtual cards, images to insert."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from hil.bench import Bench
from hil.card.image import Faults, ImageName, load_image
from hil.card.reader import Reader
from hil.card.slot import Slot
from hil.card.uicc.build import build
from hil.card.uicc.card import Uicc
from hil.card.uicc.identities import iccid_of, imsi_of
from hil.errors import NoCard
from hil.part import Part, PartSettings
from hil.tls.run import RunCertificates

if TYPE_CHECKING:
    from hil.card.scws.ip import IpStack

INSERT = "card.insert"
REMOVE = "card.remove"
IMAGE = "card.image"
"""Its cards are made of images, so that a scenario may change what is on them."""


class CardPart(Part):
    """A rig's card: whoever reads it asks for the `reader` and connects."""

    @abstractmethod
    def reader(self) -> Reader: ...

    def without_waiting(self) -> AbstractContextManager[None]:
        """Most cards are there or are not, and nobody is waited for."""
        return nullcontext()

    def wait_for(self, *, present: bool) -> bool:
        """Whether a card is in the reader, or none is, at the latest in a moment: readers notice late."""
        reader = self.reader()
        try:
            reader.connect()
        except NoCard:
            return not present
        reader.disconnect()
        return present

    def web_ca(self) -> Path | None:
        """The authority of the certificate of the card's web server, where it was made for the run."""
        return None

    def localuicc(self) -> tuple[str, int] | None:
        """Where a card with an IP stack of its own is reached; None: nobody knows of one."""
        return None


class CardFaults(Faults):
    """What is wrong with every card of a rig, whatever is said of it."""

    holds: ImageName | None = None
    """The card is another one than its label says: it has what this image has."""


class ImageSettings(PartSettings):
    image: ImageName | None = None
    """The card that is in the reader from the start: a file, or a name in ``fixtures/cards``."""
    faults: CardFaults = CardFaults()


class ImagePart(CardPart):
    """A card part whose cards are virtual: images are inserted into its slot and removed by the scenario."""

    capabilities: ClassVar[frozenset[str]] = frozenset({INSERT, REMOVE, IMAGE})

    def __init__(self, settings: PartSettings, bench: Bench, slot: Slot) -> None:
        super().__init__(settings, bench)
        self._slot = slot
        self.image: str | None = None
        """The name of the image whose card is in the reader."""
        self.imsi: str | None = None
        """Of that card: what its network knows of it."""
        self._certificates = RunCertificates()
        self._ip: IpStack | None = None

    def start(self) -> None:
        """With the card in that the rig file names, if it names one."""
        self._slot.check()
        settings = cast("ImageSettings", self.settings)
        if settings.image is not None:
            self.insert(settings.image)

    def stop(self) -> None:
        self._slot.let_go()
        self._close_ip()
        self._certificates.close()
        self.image = None

    def reader(self) -> Reader:
        return self._slot

    def insert(
        self,
        image: str,
        variables: Mapping[str, str] | None = None,
        *,
        changes: Mapping[str, object] | None = None,
    ) -> None:
        """Put the card of an image into the reader, instead of the one that is there.

        ``changes`` replace fields of the image, such as its layout or its faults.
        ``variables`` None: what the bench's parts and account say. Raises `UsageError` for an image that makes
        no card; the reader is left as it was.
        """
        wrong = cast("ImageSettings", self.settings).faults
        found = load_image(wrong.holds or image, beside=self.bench.folder)
        changed = found.model_copy(update=dict(changes or {}) if wrong.holds is None else {})
        changed = changed.model_copy(update={"faults": _together(changed.faults, wrong)})
        card = changed.substituted(self.bench.variables() if variables is None else variables)
        uicc = build(card, self._certificates, self._told)
        self._prepare(uicc)
        imsi = imsi_of(uicc)
        for secret in (*card.secrets(), iccid_of(uicc), imsi):
            if secret is not None:
                self.bench.recorder.masker.add(secret)
        if self.image is not None:
            self.remove()
        self._slot.insert(uicc)
        self._open_ip(uicc)
        self.image, self.imsi = image, imsi
        self.bench.recorder.note(f"card inserted: {image}", part="card", image=image)

    def _prepare(self, card: Uicc) -> None:
        """Whatever the part has to do to a card before it is put in."""

    def remove(self) -> None:
        """Pull the card out. Nothing happens when there is none."""
        if self.image is None:
            return
        self.image = self.imsi = None
        self._close_ip()
        self._slot.remove()
        self.bench.recorder.note("card removed", part="card")

    def web_ca(self) -> Path | None:
        return self._certificates.ca

    def localuicc(self) -> tuple[str, int] | None:
        return None if self._ip is None else self._ip.address

    def _told(self, text: str) -> None:
        self.bench.recorder.note(f"the card's web server: {text}", part="card")

    def _open_ip(self, card: Uicc) -> None:
        if card.web is not None and card.web.settings.ip:
            from hil.card.scws.ip import IpStack

            self._ip = IpStack(card.web)

    def _close_ip(self) -> None:
        if self._ip is not None:
            self._ip.close()
            self._ip = None

    def identity(self) -> dict[str, str]:
        return {"reader": self._slot.name, "image": self.image or "none"}


def _together(own: Faults, wrong: CardFaults) -> Faults:
    """A card's own faults, and those of all cards of the rig."""
    said = {name: getattr(wrong, name) for name in wrong.model_fields_set - {"holds"}}
    return own.model_copy(update=said)
