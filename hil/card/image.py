"""Card images: YAML files that say what a virtual card holds and how it behaves.

Text may contain variables such as ``${server.url}``; they get their values when the card is inserted, so that
one image serves every scenario.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    model_validator,
)

from hil import data
from hil.card.entry import BootstrapEntry, ImageModel, listed
from hil.card.explicit import (
    AccessText,
    ApplicationEntry,
    FileEntry,
    PinEntry,
    digits,
    no_twins,
    number,
    with_contents,
)
from hil.card.scws.settings import ScwsFaults, ScwsImage
from hil.card.uicc.rules import PIN1
from hil.errors import UsageError
from hil.fields import HexBytes, Offered
from hil.yamlfile import load
from hil.yamlwords import sentence

FOLDER = "cards"

ImageName = Annotated[str, Offered(lambda: data.names(FOLDER))]
"""A file, or the name of an image that comes with dmrig."""
"""Of fixtures: where images are found by name."""

DEFAULT_ATR = bytes.fromhex("3B9F96801FC78031E073FE211B4F4D41444D48494CB0")

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")


class Layout(ImageModel):
    """How the card's issuer chose to write things down, where the standards leave a choice."""

    application: Literal["adf", "df", "none"] = "adf"
    """Where the PKCS #15 application is: an ADF, or DF 7F50 with the application's AID as its name."""
    aid_suffix: HexBytes = Field(default=b"", max_length=4)
    """What the issuer has put behind the application's AID."""
    dir: Literal["with path", "without path", "none"] = "with path"
    """What EF(DIR) says about the application: an ADF has no path to give."""
    shape: Literal["opaque", "oid"] = "opaque"
    paths: Literal["relative", "absolute", "3FFF", "7FFF"] = "relative"
    extent: Literal["none", "length", "index"] = "none"
    """What a Path says besides the file: nothing, the length, or offset and length in one file for all."""
    padding: Literal["none", "FF", "00", "garbage"] = "FF"
    """What follows a message in its file."""
    padding_size: int = Field(default=32, ge=0, le=0xFFFF)
    """With it a file may become longer than READ BINARY reaches (32 KiB)."""
    directory_padding: Literal["none", "FF", "00"] = "FF"
    """What follows the entries of EF(ODF) and EF(DODF)."""
    foreign_dodf: bool = False
    """Somebody else's DODF comes first in EF(ODF)."""
    foreign_objects: bool = False
    """Other OMA objects come first in our DODF."""
    read: Literal["always", "pin"] = "always"
    """What reading the bootstrap files needs."""
    mode: Literal["uicc", "sim", "dual"] = "uicc"
    answers: Literal["direct", "61xx"] = "direct"
    over_read: Literal["short", "6cxx", "6282"] = "short"
    """What a READ BINARY for more than is left gets: less data, 6Cxx, or less data and 6282."""
    sizes: bool = True
    """Whether a UICC tells how large its transparent files are. If not, a device asks for more than there is."""
    channels: int = Field(default=3, ge=0, le=3)
    """Logical channels beside the basic one."""
    extended: bool = True
    """Whether the card takes APDUs longer than 261 bytes."""


class Faults(ImageModel):
    """What is wrong with the card."""

    double_encoded_oid: bool = False
    """The OBJECT IDENTIFIER holds a whole OBJECT IDENTIFIER, as some issuers write it."""
    truncated: int = Field(default=0, ge=0)
    """Octets missing at the end of each message."""
    removed_after: int | None = Field(default=None, ge=0)
    """The card is pulled out after that many commands."""
    deactivated: bool = False
    """The bootstrap files are deactivated."""
    malformed: Annotated[tuple[Annotated[int, Field(ge=1)], ...], BeforeValidator(listed)] = ()
    """Which messages, counted from 1, are nothing but FF from their middle on."""
    source: str | None = None
    """Another Source/LocURI in each message than an address of the account that it brings."""
    length_header: bool = False
    """Each message begins with its length in two octets, which DM has not."""
    slow: float = Field(default=0.0, ge=0.0, le=600.0)
    """Seconds that the card takes for each answer."""
    scws: ScwsFaults = ScwsFaults()


class CardImage(ImageModel):
    about: str = ""
    atr: HexBytes = Field(default=DEFAULT_ATR, min_length=2, max_length=33)
    iccid: Annotated[str, digits(1, 20)] | None = None
    imsi: Annotated[str, digits(6, 15)] | None = None
    pin: Annotated[str, digits(4, 8)] | None = None
    """The PIN, enabled. Without it the card's PIN is disabled, unless `pins` says more of it."""
    pins: tuple[PinEntry, ...] = Field(default=(), max_length=24)
    applications: tuple[ApplicationEntry, ...] = Field(default=(), max_length=32)
    files: tuple[FileEntry, ...] = Field(default=(), max_length=1024)
    """Below the MF. What `iccid`, `imsi` and `bootstrap` make is put on top of these files and applications."""
    mf: AccessText = AccessText()
    """Of the MF itself."""
    bootstrap: Annotated[tuple[BootstrapEntry, ...], BeforeValidator(listed)] = Field(default=(), max_length=8)
    scws: ScwsImage | None = None
    """The card's web server."""
    layout: Layout = Layout()
    faults: Faults = Faults()

    @model_validator(mode="after")
    def _distinct(self) -> CardImage:
        no_twins(self.files)
        keys = [number(each.key) for each in self.pins]
        if self.pin is not None and PIN1 in keys:
            raise ValueError("the PIN with key 01 is given twice: in 'pin' and in 'pins'")
        for what, given in (("key", keys), ("AID", [each.aid.hex() for each in self.applications])):
            if len(set(given)) < len(given):
                raise ValueError(f"one {what} stands twice")
        return self

    @property
    def explicit(self) -> bool:
        """Whether the image has files of its own: then words that are not there make nothing."""
        return bool(self.files or self.applications)

    def with_contents(self, folder: Path) -> CardImage:
        """The same image with the contents of the files that it names. Raises `UsageError`."""
        if not self.explicit:
            return self
        applications = tuple(
            each.model_copy(update={"files": tuple(with_contents(each.files, folder))})
            for each in self.applications
        )
        return self.model_copy(
            update={"files": tuple(with_contents(self.files, folder)), "applications": applications}
        )

    def substituted(self, variables: Mapping[str, str]) -> CardImage:
        """The same image with values instead of variables.

        Raises `UsageError` for an unknown variable, or a value that does not fit its place.
        """
        filled = _substitute(self.model_dump(), variables)
        try:
            return CardImage.model_validate(filled)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise UsageError(
                f"the card image's {place} gets a value that does not fit: {sentence(first)}"
            ) from error

    def secrets(self) -> list[str]:
        """What a trace must not show, once variables are substituted."""
        found = [self.iccid, self.imsi, self.pin]
        for pin in self.pins:
            found += [pin.value, pin.puk, pin.hex.hex() if pin.hex is not None else None]
        served = self.scws.bootstrap if self.scws is not None else None
        for entry in (*self.bootstrap, *([served] if served is not None else [])):
            found += entry.secrets()
        return [secret for secret in found if secret]


def load_image(name: str, *, beside: Path | None = None) -> CardImage:
    """An image by path, or by the name of one that comes with dmrig.

    Raises `UsageError` when there is none, `InvalidFile` with every mistake in it.
    """
    path = data.find(FOLDER, name, beside=beside)
    return load(path, CardImage).with_contents(path.parent)


def _substitute(value: Any, variables: Mapping[str, str]) -> Any:
    match value:
        case str():
            return _VARIABLE.sub(lambda found: _value(found[1].strip(), variables), value)
        case dict():
            return {key: _substitute(each, variables) for key, each in value.items()}
        case list() | tuple():
            return [_substitute(each, variables) for each in value]
        case _:
            return value


def _value(name: str, variables: Mapping[str, str]) -> str:
    if name not in variables:
        known = ", ".join(sorted(variables)) or "none"
        raise UsageError(f"the card image uses ${{{name}}}, which has no value here", hint=f"known are: {known}")
    return variables[name]
