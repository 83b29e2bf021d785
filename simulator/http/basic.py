"""Basic authentication (RFC 7617): the password itself, in base64."""

from __future__ import annotations

import base64
import binascii

from simulator.errors import CodecError


def authorization(user: str, password: str) -> str:
    """The Authorization header.

    >>> authorization("Aladdin", "open sesame")
    'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='
    """
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def user_and_password(token: str) -> tuple[str, str]:
    """What the credentials' token says. Raises `CodecError`."""
    try:
        octets = base64.b64decode(token + "=" * (-len(token) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise CodecError("the credentials of Basic are no base64") from error
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    user, colon, password = text.partition(":")
    if not colon:
        raise CodecError("the credentials of Basic have no colon between user and password")
    return user, password
