"""The PIN of a modem's SIM: entered once at the most, and not at all when it might block the card."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hil.errors import PartError, PartMissing
from hil.modem import pin as pins
from hil.modem.at.parser import Command, Response
from hil.modem.at.results import FinalResult
from tests.modem_bench import ScriptedLine, driving

ENTERED = 'AT+CPIN="4711"'
REFUSED = dict.fromkeys(pins.ATTEMPTS, "ERROR")

SAYS_LEFT = {
    'AT+CPINR="SIM PIN"': ["+CPINR: SIM PIN,{n},3", '+CPINR: "SIM PIN",{n}'],
    'AT+QPINC="SC"': ['+QPINC: "SC",{n},10'],
    "AT+SPIC": ["+SPIC: {n},10,3,10"],
    "AT^SPIC": ["^SPIC: {n}"],
    "AT^CPIN?": ["^CPIN: SIM PIN,{n},10,{n},10,3"],
    "AT#PCT": ["#PCT: {n}"],
    "AT+UPINCNT": ["+UPINCNT: {n},3,10,10"],
    "AT+CPINC?": ["+CPINC: {n},3,10,10"],
}
WAYS = [(command, said) for command, forms in SAYS_LEFT.items() for said in forms]


def locked(**answers: str | None) -> ScriptedLine:
    return ScriptedLine({**REFUSED, "AT+CPIN?": "+CPIN: SIM PIN", **answers})


def test_every_way_to_ask_is_tried_out() -> None:
    assert SAYS_LEFT.keys() == pins.ATTEMPTS.keys()


@pytest.mark.parametrize(("command", "said"), WAYS)
def test_the_last_attempt_is_left_alone(command: str, said: str) -> None:
    line = locked()
    line.answers[command] = said.format(n=1)
    with (
        pytest.raises(PartError, match="allows only 1 more attempt at its PIN: it was not tried"),
        driving(line, "4711"),
    ):
        pass
    assert ENTERED not in line.commands


@pytest.mark.parametrize(("command", "said"), WAYS)
def test_a_wrong_one_says_how_many_are_left(command: str, said: str) -> None:
    line = locked()
    line.answers[command] = said.format(n=2)
    line.answers[ENTERED] = "+CME ERROR: 16"
    with pytest.raises(PartError, match=r"incorrect password\); 2 attempts left") as caught, driving(line, "4711"):
        pass
    assert "not tried again" in str(caught.value.hint)
    assert line.commands.count(ENTERED) == 1


def test_a_modem_that_does_not_tell() -> None:
    line = locked()
    line.answers[ENTERED] = "+CME ERROR: incorrect password"
    with pytest.raises(PartError, match="incorrect password"), driving(line, "4711"):
        pass
    assert line.commands.count(ENTERED) == 1


def test_a_wrong_one_is_not_tried_again_after_a_restart() -> None:
    pin = pins.Pin("4711")
    with pytest.raises(PartError):
        list(asked(pin))
    with pytest.raises(PartMissing, match="asks for its PIN"):
        list(asked(pin))


def test_a_line_that_goes_while_it_is_entered_leaves_it_untried() -> None:
    """Nobody knows whether it was right: so it is not tried again."""
    pin = pins.Pin("4711")
    assert ENTERED in asked(pin)
    assert not pin.usable


@pytest.mark.parametrize("state", ["SIM PUK", "PH-SIM PIN", "PH-NET PIN"])
def test_other_locks_are_explained(state: str) -> None:
    line = locked(**{"AT+CPIN?": f"+CPIN: {state}"})
    with pytest.raises(PartMissing, match=state) as caught, driving(line, "4711"):
        pass
    assert caught.value.hint == pins.LOCKS[state]
    assert ENTERED not in line.commands


def asked(pin: pins.Pin) -> Iterator[str]:
    """What a modem is asked that refuses everything; who stops listening is a line that has gone."""
    steps = pin.unlock()
    step = next(steps)
    while isinstance(step, Command):
        yield step.text
        lines = ("+CPIN: SIM PIN",) if step.text == "AT+CPIN?" else ()
        step = steps.send(Response(step, lines, FinalResult(bool(lines), "OK" if lines else "ERROR")))
