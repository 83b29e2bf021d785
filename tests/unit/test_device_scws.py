"""How a device may be told of the way to its card's web server."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from hil.device.card import CardHabits


def test_the_carrier_alone_will_do() -> None:
    habits = CardHabits.model_validate({"scws": "bip"})
    assert habits.scws is not None
    assert (habits.scws.carrier, habits.scws.url) == ("bip", None)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("bipp", "'bip' or 'ip'"),
        ({"carrier": "bip", "url": "ftp://127.0.0.1:4116/"}, "a URL with a port"),
        ({"carrier": "bip", "url": "https://127.0.0.1/"}, "a URL with a port"),
        ({"carrier": "bip", "url": "https://127.0.0.1:99999/"}, "[Pp]ort out of range"),
        ({"carrier": "bip", "terminal": {"storm": -1}}, "greater than or equal to 0"),
        ({"carrier": "bip", "terminal": {"strom": 1}}, "not permitted"),
    ],
)
def test_what_cannot_be_said(said: object, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        CardHabits.model_validate({"scws": said})
