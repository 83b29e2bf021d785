"""What a card image says file by file: PINs and keys, applications, directories and files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from hil.card.entry import ImageModel
from hil.card.uicc.rules import condition
from hil.errors import UsageError
from hil.fields import HexBytes
from simulator.bootstrap.access import MAX_FILE

MAX_RECORDS = 254
MAX_RECORD = 255
"""What READ RECORD can name, and hand over (TS 102 221 §11.1.5)."""

MAX_LEVELS = 8


def _is_condition(text: str) -> str:
    condition(text)
    return text


def digits(least: int, most: int) -> AfterValidator:
    """A number of so many digits, or a variable that is to become one."""

    def check(text: str) -> str:
        if "${" in text or (text.isascii() and text.isdigit() and least <= len(text) <= most):
            return text
        raise ValueError(f"{least} to {most} digits are expected")

    return AfterValidator(check)


def octets(least: int, most: int) -> AfterValidator:
    """So many bytes."""
    expected = f"{least}" if least == most else f"{least} to {most}"

    def check(data: bytes) -> bytes:
        if least <= len(data) <= most:
            return data
        raise ValueError(f"{expected} bytes are expected in hex, and there are {len(data)}")

    return AfterValidator(check)


ConditionText = Annotated[str, AfterValidator(_is_condition)]
Fid = Annotated[HexBytes, octets(2, 2)]
Aid = Annotated[HexBytes, octets(5, 16)]
Key = Annotated[HexBytes, octets(1, 1)]


def number(octets: bytes) -> int:
    """A file identifier or key reference as the number it is."""
    return int.from_bytes(octets, "big")


class PinEntry(ImageModel):
    """A PIN, or a key of the issuer's. Without `value` and `hex` nobody knows it: whatever is tried is wrong."""

    key: Key
    """Its reference: 01 to 08 a PIN, 11 the universal PIN, 81 to 88 a second (local) PIN, 0A to 0E and 8A to 8E
    the issuer's (TS 102 221 §9.5.1)."""
    value: Annotated[str, digits(4, 8)] | None = None
    hex: Annotated[HexBytes, octets(8, 16)] | None = None
    """Its octets, where they are no digits filled up with FF."""
    tries: int = Field(default=3, ge=1, le=15)
    left: int | None = Field(default=None, ge=0, le=15)
    """Tries that are left; 0: it is blocked. Left out: all."""
    enabled: bool = True
    """Whether it is asked for. One that is not opens what needs it to all."""
    puk: Annotated[str, digits(8, 8)] | None = None
    """What unblocks it."""
    puk_tries: int = Field(default=10, ge=1, le=15)
    puk_left: int | None = Field(default=None, ge=0, le=15)

    @model_validator(mode="after")
    def _one_value(self) -> PinEntry:
        if self.value is not None and self.hex is not None:
            raise ValueError("a PIN has one of 'value' and 'hex'")
        for left, tries in ((self.left, self.tries), (self.puk_left, self.puk_tries)):
            if left is not None and left > tries:
                raise ValueError(f"{left} tries are left of {tries}: no more than all can be left")
        return self


class RuleReference(ImageModel):
    """A record of an EF(ARR)."""

    file: Fid
    record: int = Field(ge=1, le=255)


class AccessText(ImageModel):
    """What a file and a directory have in common: what it needs to be used, and what the card tells of it."""

    state: Literal["creation", "initialisation", "activated", "deactivated", "terminated"] = "activated"
    read: ConditionText | None = None
    """`always` (the default), `never`, `pin`, `pin2`, `universal pin`, `adm`, any key by its reference (`pin 82`,
    `adm 0B`), or several of them joined by `and` and `or`."""
    update: ConditionText | None = None
    """The same; left out: `adm`."""
    deactivate: ConditionText | None = None
    activate: ConditionText | None = None
    arr: RuleReference | None = None
    """The record of an EF(ARR) that has the rules, instead of these words. Where words stand too, they say what
    holds, and the FCP tells the reference. Left out: the card gets an EF(ARR) that says what the words say."""
    attributes: Literal["referenced", "compact", "expanded"] = "referenced"
    """Where the FCP has the rules: in a record of EF(ARR) (tag 8B), or itself (tags 8C and AB)."""
    fcp: HexBytes = b""
    """The FCP word for word, as a real card gave it; left out: made of the rest."""
    header: HexBytes = b""
    """The same of the answer in class A0."""

    @model_validator(mode="after")
    def _templates(self) -> AccessText:
        if self.fcp and (len(self.fcp) > 255 or self.fcp[0] != 0x62):
            raise ValueError("an FCP of at most 255 bytes is expected, which begins with 62")
        if len(self.header) > 255:
            raise ValueError("an answer of at most 255 bytes is expected")
        return self

    @property
    def worded(self) -> bool:
        """Whether the rules are given in words."""
        return any(each is not None for each in (self.read, self.update, self.deactivate, self.activate))


class FileEntry(AccessText):
    """A file, or a directory with files of its own."""

    fid: Fid
    name: str = ""
    """For whoever reads the image."""
    kind: Literal["transparent", "linear", "cyclic", "directory"] = "transparent"
    aid: Aid | None = None
    """Of a directory: the name by which it can be selected as well."""
    sfi: int | None = Field(default=None, ge=1, le=30)
    hex: HexBytes | None = None
    """What a transparent file holds."""
    text: str | None = None
    """The same, as text; it may contain variables."""
    file: str | None = None
    """The same, as the name of a file beside the image."""
    size: int | None = Field(default=None, ge=0, le=MAX_FILE)
    """Of a transparent file; what the contents leave is filled up with FF. Left out: that of the contents."""
    records: tuple[HexBytes, ...] = Field(default=(), max_length=MAX_RECORDS)
    """What a linear (fixed) or cyclic file holds; each is filled up with FF."""
    record_size: int | None = Field(default=None, ge=1, le=MAX_RECORD)
    record_count: int | None = Field(default=None, ge=1, le=MAX_RECORDS)
    unread: bool = False
    """The contents, or some of them, could not be read when this image was copied from a card."""
    files: tuple[FileEntry, ...] = Field(default=(), max_length=1024)
    """Of a directory."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> FileEntry:
        given = {name for name in _BELONGS if getattr(self, name) not in (None, ())}
        for name in sorted(given):
            if self.kind not in _BELONGS[name]:
                raise ValueError(f"a {self.kind} file has no {name!r}; {' and '.join(_BELONGS[name])} files have")
        if len(given & _CONTENTS) > 1:
            raise ValueError("a file's contents are given once: 'hex', 'text' or 'file'")
        if self.hex is not None and self.size is not None and len(self.hex) > self.size:
            raise ValueError(f"{len(self.hex)} bytes do not fit into a file of {self.size}")
        if self.kind in ("linear", "cyclic"):
            self._records_fit()
        no_twins(self.files)
        return self

    def _records_fit(self) -> None:
        longest = max(map(len, self.records), default=0)
        if self.record_size is None and not longest:
            raise ValueError("a file with records needs 'record_size', or records")
        if longest > (self.record_size or MAX_RECORD):
            raise ValueError(f"a record of {longest} bytes: at most {self.record_size or MAX_RECORD} fit")
        if self.record_count is not None and len(self.records) > self.record_count:
            raise ValueError(f"{len(self.records)} records are given, and the file has {self.record_count}")


_CONTENTS = {"hex", "text", "file"}

_TRANSPARENT, _RECORDS, _DIRECTORY = ("transparent",), ("linear", "cyclic"), ("directory",)
_BELONGS = {
    "hex": _TRANSPARENT,
    "text": _TRANSPARENT,
    "file": _TRANSPARENT,
    "size": _TRANSPARENT,
    "sfi": ("transparent", "linear", "cyclic"),
    "records": _RECORDS,
    "record_size": _RECORDS,
    "record_count": _RECORDS,
    "aid": _DIRECTORY,
    "files": _DIRECTORY,
}


class ApplicationEntry(AccessText):
    """An application that is selected by its AID (an ADF)."""

    aid: Aid
    label: str = ""
    """What EF(DIR) calls it."""
    listed: bool = True
    """Whether EF(DIR) names it."""
    files: tuple[FileEntry, ...] = Field(default=(), max_length=1024)

    @model_validator(mode="after")
    def _distinct(self) -> ApplicationEntry:
        no_twins(self.files)
        return self


def no_twins(files: Iterable[FileEntry]) -> None:
    """Raises `ValueError` when two files of one directory have the same identifier, or levels are too many."""
    files = tuple(files)
    for fid, count in Counter(each.fid for each in files).items():
        if count > 1:
            raise ValueError(f"{fid.hex().upper()} stands {count} times in one directory")
    if files and levels(files) > MAX_LEVELS:
        raise ValueError(f"directories nested more than {MAX_LEVELS} levels deep")


def levels(files: Iterable[FileEntry]) -> int:
    return 1 + max((levels(each.files) for each in files if each.files), default=0)


def with_contents(files: Iterable[FileEntry], folder: Path) -> Iterator[FileEntry]:
    """The same files, with what their `file` names instead of the name. Raises `UsageError`."""
    for each in files:
        if each.file is not None:
            yield each.model_copy(update={"file": None, "hex": _read(folder / each.file, each.size or MAX_FILE)})
        else:
            yield each.model_copy(update={"files": tuple(with_contents(each.files, folder))})


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"the card image's contents: cannot read {path}: {reason}") from error
    if len(content) > most:
        raise UsageError(f"{path} has more than the {most} bytes of the card's file")
    return content
