"""Addresses in the management tree (DM Tree and Description §7.2).

Inside the tree every node has one spelling, its absolute URI: ``.`` for the root, ``./A/B`` below it. That
text is the key under which a node is kept, so an address is normalised once, at the border.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.codes.status import StatusCode
from simulator.errors import TreeError

ROOT = "."
LONGEST = 65535
"""Bytes. The largest limit that ./DevDetail/URI/MaxTotLen can state; longer addresses are never looked at."""

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def normalise(text: str) -> str:
    """The absolute URI for ``A/B``, ``./A/B`` or ``.``; TreeError 400 or 414 for what is no address.

    An escape of a character that needs none (``%41``) is the same name as the character itself (RFC 3986
    §6.2.2), so both come out alike.
    """
    if len(text) > LONGEST:
        raise TreeError(
            StatusCode.URI_TOO_LONG, f"the URI has {len(text)} characters; no device has more than {LONGEST}"
        )
    if "?" in text:
        raise TreeError(
            StatusCode.COMMAND_NOT_ALLOWED,
            f"{text!r} addresses a property or a list; this command takes a node",
            uri=text,
        )
    if text == ROOT:
        return ROOT
    path = text if text.startswith("./") else f"./{text}"
    if "//" in path or path.endswith("/") or _CONTROL.search(path):
        raise TreeError(
            StatusCode.BAD_REQUEST,
            f"{text!r} is no URI of a node: expected segments joined by single '/'",
            uri=text,
        )
    if "%" in path:
        path = _ESCAPE.sub(_canonical_escape, path)
    if "/." in path and any(segment in (".", "..") for segment in path[2:].split("/")):
        raise TreeError(
            StatusCode.BAD_REQUEST, f"{text!r} is no URI of a node: '.' and '..' are not segments", uri=text
        )
    return path


def _canonical_escape(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()


def segment(name: str) -> str:
    """A node name as it stands in URIs; TreeError 400 when it cannot be one."""
    if not name or "/" in name or "?" in name:
        raise TreeError(StatusCode.BAD_REQUEST, f"{name!r} is no node name: expected one URI segment")
    return normalise(f"./{name}")[2:]


def split_query(text: str) -> tuple[str, str | None]:
    """The address and what follows its ``?`` (None: no question mark)."""
    address, mark, query = text.partition("?")
    return address, query if mark else None


def parent(uri: str) -> str:
    """The parent of a normalised URI other than the root."""
    return uri.rpartition("/")[0]


def name(uri: str) -> str:
    """The last segment of a normalised URI; empty for the root."""
    return uri.rpartition("/")[2] if uri != ROOT else ""


def join(base: str, below: str) -> str:
    """``below`` (a segment or relative path) under the normalised ``base``."""
    return f"{base}/{below}"


def is_within(uri: str, top: str) -> bool:
    """Whether ``uri`` is ``top`` or lies below it."""
    return uri == top or uri.startswith(top + "/")


@dataclass(frozen=True, slots=True)
class Limits:
    """What ./DevDetail/URI states; 0 is no limit. Depth counts segments after the root."""

    max_depth: int = 0
    max_tot_len: int = 0
    max_seg_len: int = 0

    def check(self, uri: str) -> None:
        """TreeError 414 when a normalised URI is past a limit (lengths are bytes of UTF-8)."""
        if self.max_depth and uri.count("/") > self.max_depth:
            raise TreeError(
                StatusCode.URI_TOO_LONG, f"{uri} is {uri.count('/')} deep; MaxDepth is {self.max_depth}", uri=uri
            )
        if self.max_tot_len and len(uri.encode()) > self.max_tot_len:
            raise TreeError(
                StatusCode.URI_TOO_LONG,
                f"{uri[:80]} has {len(uri.encode())} bytes; MaxTotLen is {self.max_tot_len}",
                uri=uri,
            )
        if self.max_seg_len:
            longest = max(len(part.encode()) for part in uri.split("/"))
            if longest > self.max_seg_len:
                raise TreeError(
                    StatusCode.URI_TOO_LONG,
                    f"{uri[:80]} has a segment of {longest} bytes; MaxSegLen is {self.max_seg_len}",
                    uri=uri,
                )
