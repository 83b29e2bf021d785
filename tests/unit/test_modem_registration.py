"""Whether the modem is in a network: what it says by itself, and what it answers (TS 27.007 §7.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.modem.registration import DOMAINS, STATES, Registration, answered, told
from tests.modem_bench import ScriptedLine, driving


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("+CREG: 1", Registration("+CREG", 1)),
        ('+CREG: 5,"00A1","0B2C"', Registration("+CREG", 5, "00A1", "0B2C")),
        ('+CEREG: 1,"00A1","00000B2C",7', Registration("+CEREG", 1, "00A1", "00000B2C", "LTE")),
        ("+CGREG: 2,,,", Registration("+CGREG", 2)),
        ("+CREG: 1,00A1,0B2C", Registration("+CREG", 1, "00A1", "0B2C")),
        ("+CREG:", None),
        ("+CREG: x", None),
        ("+CREG: 9999", None),
        ("+CSQ: 1", None),
    ],
)
def test_told(line: str, expected: Registration | None) -> None:
    assert told(line) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("+CREG: 0,1",), Registration("+CREG", 1)),
        (('+CREG: 2,5,"00A1","0B2C",0',), Registration("+CREG", 5, "00A1", "0B2C", "GSM")),
        # one that comes by itself, just before the answer
        (("+CREG: 2", '+CREG: 2,1,"00A1","0B2C"'), Registration("+CREG", 1, "00A1", "0B2C")),
        (('+CREG: 1,"00A1","0B2C"',), Registration("+CREG", 1, "00A1", "0B2C")),
        ((), None),
        (("+CREG:",), None),
        (("OK", "+CEREG: 0,1"), None),
    ],
)
def test_answered(lines: tuple[str, ...], expected: Registration | None) -> None:
    assert answered("+CREG", lines) == expected


@given(st.text(max_size=60))
def test_no_line_breaks_it(text: str) -> None:
    told(f"+CREG: {text}")
    answered("+CREG", (f"+CREG: {text}",))


def test_states_in_words() -> None:
    for state, (words, comes) in STATES.items():
        assert Registration("+CREG", state).registered is comes
        assert words in str(Registration("+CREG", state))
    assert not Registration("+CREG", 42).registered
    assert "no standard knows" in str(Registration("+CREG", 42))


def test_the_driver_keeps_what_it_hears() -> None:
    line = ScriptedLine({f"AT{domain}?": f"{domain}: 2,2" for domain in DOMAINS})
    with driving(line) as (world, driver):
        assert not any(each.registered for each in driver.registration.values())
        assert any("is not registered in a network" in note for note in world.texts("note"))
        line.say('+CEREG: 5,"00A1","00000B2C",7', '+CEREG: 5,"00A1","00000B2C",7', "+CREG: 3")
        world.run()
        assert driver.registration["+CEREG"].registered
        assert not driver.registration["+CREG"].registered
        assert [note for note in world.texts("note") if note.startswith("+C")] == [
            "+CEREG: registered, roaming, LTE",
            "+CREG: registration denied",
        ]


def test_a_modem_that_tells_less() -> None:
    refused = {f"AT{domain}={n}": "ERROR" for domain in DOMAINS for n in (1, 2)}
    line = ScriptedLine({**refused, "AT+CREG=1": "OK", "AT+CEREG?": "ERROR", "AT+CGREG?": None})
    line.answers["AT+CGREG?"] = "ERROR"
    with driving(line) as (_, driver):
        assert list(driver.registration) == ["+CREG"]
