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
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
)

from hil import data
from hil.card.entry import BootstrapEntry, ImageModel
from hil.errors import UsageError
from hil.fields import HexBytes
from hil.yamlfile import load
from hil.yamlwords import sentence

FOLDER = "cards"
"""Of fixtures: where images are found by name."""

DEFAULT_ATR = bytes.fromhex("3B9F96801FC78031E073FE211B4F4D41444D48494CB0")

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")


def _digits(least: int, most: int) -> AfterValidator:
    def check(text: str) -> str:
        if "${" in text or (text.isascii() and text.isdigit() and least <= len(text) <= most):
            return text
        raise ValueError(f"{least} to {most} digits are expected")

    return AfterValidator(check)


def _listed(value: object) -> object:
    """One entry may stand without a list around it."""
    return value if isinstance(value, list | tuple) else [] if value is None else [value]


class Layout(ImageModel):
    """How the card's issuer chose to write things down, where the standards leave a choice."""

    application: Literal["adf", "df", "none"] = "adf"
    """Where the PKCS #15 application is: an ADF, or DF 7F50 with the application's AID as its name."""
    dir: Literal["with path", "without path", "none"] = "with path"
    """What EF(DIR) says about the application: an ADF has no path to give."""
    shape: Literal["opaque", "oid"] = "opaque"
    paths: Literal["relative", "absolute", "3FFF", "7FFF"] = "relative"
    extent: Literal["none", "length", "index"] = "none"
    """What a Path says besides the file: nothing, the length, or offset and length in one file for all."""
    padding: Literal["none", "FF", "00", "garbage"] = "FF"
    """What follows a message in its file."""
    padding_size: int = Field(default=32, ge=0, le=0x8000)
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
    channels: int = Field(default=3, ge=0, le=3)


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


class CardImage(ImageModel):
    about: str = ""
    atr: HexBytes = Field(default=DEFAULT_ATR, min_length=2, max_length=33)
    iccid: Annotated[str, _digits(1, 20)] | None = None
    imsi: Annotated[str, _digits(6, 15)] | None = None
    pin: Annotated[str, _digits(4, 8)] | None = None
    """The PIN, enabled. Without it the card's PIN is disabled."""
    bootstrap: Annotated[tuple[BootstrapEntry, ...], BeforeValidator(_listed)] = Field(default=(), max_length=8)
    layout: Layout = Layout()
    faults: Faults = Faults()

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
        for entry in self.bootstrap:
            found += entry.secrets()
        return [secret for secret in found if secret]


def load_image(name: str, *, beside: Path | None = None) -> CardImage:
    """An image by path, or by the name of one that comes with dmrig.

    Raises `UsageError` when there is none, `InvalidFile` with every mistake in it.
    """
    return load(data.find(FOLDER, name, beside=beside), CardImage)


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
