"""Headers of authentication taken apart: challenges, credentials, lists of parameters (RFC 9110 §11).

White space, empty elements, quotes where none are needed and parameters in any order are all read. A name
outside ASCII is its UTF-8, one character for each octet, as headers travel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from simulator.errors import CodecError, EncodeError

LONGEST = 8192
"""Characters of a header that are looked at."""

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER = re.compile(rf'\s*({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+))\s*(?:,|$)', re.DOTALL)
_NOTHING = re.compile(r"\s*(?:,|$)")
_SCHEME = re.compile(rf"\s*({_TOKEN})(?=\s|,|$)(?!\s*=)")
_TOKEN68 = re.compile(r"\s+([0-9A-Za-z._~+/-]+=*)\s*(?:,|$)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Said:
    """One challenge, or the credentials of a request: a scheme with one token or with parameters."""

    scheme: str
    """In lower case."""
    parameters: dict[str, str] = field(default_factory=dict)
    """Names in lower case, values without quotes."""
    token: str = ""
    """What stands in place of parameters, such as Basic's base64."""


def parameters(text: str, what: str = "header") -> dict[str, str]:
    """Read ``name=value, name="value"``. Raises `CodecError`, which calls the text ``what``."""
    _check_length(text, what)
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        nothing = _NOTHING.match(text, position)
        position = nothing.end() if nothing else _read_parameter(text, position, found, what)
    return found


def challenges(text: str) -> list[Said]:
    """Read WWW-Authenticate: every challenge in it, in order. Raises `CodecError`."""
    _check_length(text, "WWW-Authenticate")
    found: list[Said] = []
    position = 0
    while position < len(text):
        nothing, scheme = _NOTHING.match(text, position), _SCHEME.match(text, position)
        if nothing:
            position = nothing.end()
        elif scheme:
            token = _TOKEN68.match(text, scheme.end())
            # A scheme without anything is followed by the next one's name: that is no token of its own.
            found.append(Said(scheme[1].lower(), token=token[1] if token else ""))
            position = token.end() if token else scheme.end()
        elif found:
            position = _read_parameter(text, position, found[-1].parameters, "WWW-Authenticate")
        else:
            raise CodecError(f"WWW-Authenticate begins with no scheme: {text[:40]!r}")
    return found


def credentials(text: str) -> Said:
    """Read Authorization. Raises `CodecError`."""
    _check_length(text, "Authorization")
    scheme = re.match(rf"\s*({_TOKEN})\s+", text)
    if scheme is None:
        raise CodecError(f"Authorization is {text[:20]!r}…; a scheme and credentials are expected")
    rest = text[scheme.end() :]
    token = re.fullmatch(r"([0-9A-Za-z._~+/-]+=*)\s*", rest)
    if token:
        return Said(scheme[1].lower(), token=token[1])
    return Said(scheme[1].lower(), parameters(rest, "Authorization"))


def write(values: Iterable[tuple[str, str]], bare: frozenset[str] = frozenset()) -> str:
    """Parameters as text, in quotes but for the names in ``bare``. Raises `EncodeError`."""
    return ", ".join(f"{name}={value if name in bare else quoted(value)}" for name, value in values)


def quoted(text: str) -> str:
    """A quoted-string. Raises `EncodeError` for control characters, with which headers could be smuggled in."""
    if _CONTROL.search(text):
        raise EncodeError(f"{text!r} has characters that no header can have")
    return '"' + re.sub(r'(["\\])', r"\\\1", to_octets(text)) + '"'


def to_octets(text: str) -> str:
    """The text as a header carries it: the octets of its UTF-8, one character each."""
    return text.encode("utf-8", "replace").decode("latin-1")


def from_octets(text: str) -> str:
    """What a header's text says: UTF-8 where it can be read as such, else as it stands."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


def _read_parameter(text: str, position: int, into: dict[str, str], what: str) -> int:
    match = _PARAMETER.match(text, position)
    if match is None:
        raise CodecError(f"{what}: name=value is expected at {text[position : position + 20]!r}")
    name = match[1].lower()
    if name in into:
        raise CodecError(f"{what}: there are two of {name!r}")
    into[name] = from_octets(match[3] if match[2] is None else _ESCAPED.sub(r"\1", match[2]))
    return match.end()


def _check_length(text: str, what: str) -> None:
    if len(text) > LONGEST:
        raise CodecError(f"{what}: {len(text)} characters; {LONGEST} is the most")
