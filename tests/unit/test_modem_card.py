"""+CSIM, +CCHO, +CGLA, +CCHC, +CRSM and +CUAD of the virtual modem, with a virtual UICC behind them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hil.card.image import CardImage
from hil.card.uicc.build import build
from hil.modem.smsc import Smsc
from hil.modem.virtual.contacts import Habits
from hil.modem.virtual.modem import VirtualModem
from hil.modem.virtual.profile import Profile
from tests.modem_desk import NOW

AID = "A000000063504B43532D3135"
Ask = Callable[[str], str]


class Card:
    """A UICC as a modem touches it; ``present`` False: it has gone."""

    def __init__(self, *, imsi: str = "001010123456789", **layout: object) -> None:
        said = {"iccid": "8988211000000430010", "imsi": imsi, "layout": layout}
        self._uicc = build(CardImage.model_validate(said))
        self.present = True

    def reset(self) -> bytes:
        return self._uicc.reset()

    def transmit(self, apdu: bytes) -> bytes | None:
        return self._uicc.process(apdu) if self.present else None


def modem(card: Card | None, habits: Habits | None = None) -> Ask:
    core = VirtualModem(Profile(), Smsc(), NOW)
    core.receive(b"ATE0\rAT+CMEE=1\r", NOW)
    if habits is not None:
        core.equipment.contacts.habits = habits
    if card is not None:
        core.equipment.contacts.insert(card)

    def ask(text: str) -> str:
        return " ".join(core.receive(text.encode() + b"\r", NOW).decode().split())

    return ask


def test_any_command_by_csim() -> None:
    ask = modem(Card())
    assert ask("AT+CSIM=?") == "OK"
    assert ask('AT+CSIM=10,"0070000001"') == '+CSIM: 6,"019000" OK'
    assert ask(f'AT+CSIM=36,"01A404040C{AID}00"').startswith("+CSIM: ")
    assert ask(f'AT+CSIM=36,"01A404040C{AID}00"').endswith('9000" OK')
    assert ask('AT+CSIM=8,"01708001"') == '+CSIM: 4,"9000" OK'
    assert ask("AT+CSIM=14,00a4000c022fe2") == '+CSIM: 4,"9000" OK'
    assert ask('AT+CSIM=10,"00B000000A"') == '+CSIM: 24,"988812010000400310F09000" OK'


def test_sessions() -> None:
    ask = modem(Card())
    assert ask(f'AT+CCHO="{AID}"') == "+CCHO: 1 OK"
    assert ask(f"AT+CCHO={AID[:14]}") == "+CCHO: 2 OK"
    # STATUS gives the application's name: the modem has put the channel into the class byte.
    assert ask('AT+CGLA=2,10,"80F2000100"') == f'+CGLA: 32,"840C{AID}9000" OK'
    assert ask("AT+CCHC=2") == "OK"
    assert ask('AT+CGLA=2,10,"80F2000100"') == "+CME ERROR: 22"
    assert ask('AT+CCHO="A0000000991234"') == "+CME ERROR: 22"
    assert [ask(f'AT+CCHO="{AID}"') for _ in range(3)] == ["+CCHO: 2 OK", "+CCHO: 3 OK", "+CME ERROR: 20"]


def test_a_program_may_have_to_name_the_channel_itself() -> None:
    ask = modem(Card(), Habits(inserts_channel=False, quotes=False))
    assert ask(f'AT+CCHO="{AID}"') == "+CCHO: 1 OK"
    assert ask('AT+CGLA=1,10,"80F2000100"') == "+CGLA: 8,84009000 OK"
    assert ask('AT+CGLA=1,10,"81F2000100"') == f"+CGLA: 32,840C{AID}9000 OK"


def test_waiting_data_is_fetched_or_not() -> None:
    select = 'AT+CSIM=14,"00A40004022FE2"'
    assert modem(Card())(select).startswith('+CSIM: 4,"61')
    assert modem(Card(), Habits(follows=True))(select).endswith('9000" OK')
    assert modem(Card(), Habits(follows=True))(select).split('"')[1].startswith("62")


@pytest.mark.parametrize("mode", ["uicc", "sim", "dual"])
def test_files_by_crsm(mode: str) -> None:
    ask = modem(Card(mode=mode, application="df"))
    path = '"3F007F20"' if mode == "sim" else '"3F007FFF"'
    assert ask(f"AT+CRSM=176,28423,0,0,9,,{path}") == '+CRSM: 144,0,"080910101032547698" OK'
    assert ask("AT+CRSM=176,12258,0,0,10") == '+CRSM: 144,0,"988812010000400310F0" OK'
    described = ask('AT+CRSM=192,12258,0,0,255,,"3F00"')
    assert described.startswith('+CRSM: 144,0,"0000000A2FE2' if mode == "sim" else '+CRSM: 144,0,"62')
    missing = "+CRSM: 148,4 OK" if mode == "sim" else "+CRSM: 106,130 OK"
    assert ask("AT+CRSM=176,4660,0,0,1") == missing
    assert ask('AT+CRSM=214,12258,0,0,1,"00"') == "+CRSM: 152,4 OK" if mode == "sim" else "+CRSM: 105,130 OK"
    assert ask('AT+CRSM=192,20529,0,0,255,,"3F007F50"').startswith("+CRSM: 144,0,")


def test_the_applications_are_those_of_ef_dir() -> None:
    said = modem(Card())("AT+CUAD")
    assert f"4F0C{AID}" in said


@pytest.mark.parametrize(
    "text",
    [
        'AT+CSIM=9,"0070000001"', 'AT+CSIM=12,"0070000001"', 'AT+CSIM=10,"00700000zz"', "AT+CSIM=10", "AT+CSIM?",
        "AT+CSIM=", 'AT+CSIM=4,"0070"', "AT+CCHO", "AT+CCHO=", 'AT+CCHO="zz"', f'AT+CCHO="{"00" * 17}"',
        "AT+CCHC=", "AT+CRSM=1,1", "AT+CRSM", "AT+CRSM=176,28423,256,0,9", 'AT+CRSM=214,12258,0,0,2,"00"',
        'AT+CRSM=176,12258,0,0,10,,"3F"', "AT+CRSM=176,-1,0,0,1", "AT+CGLA=,10,0070000001",
    ],
)  # fmt: skip
def test_what_is_no_access(text: str) -> None:
    assert modem(Card())(text) == "+CME ERROR: 50"


@pytest.mark.parametrize(
    "text", ['AT+CSIM=10,"0070000001"', f'AT+CCHO="{AID}"', "AT+CRSM=176,28423,0,0,9", "AT+CGLA=1,8,00708001"]
)
def test_without_a_card(text: str) -> None:
    assert modem(None)(text) == "+CME ERROR: 10"
    card = Card()
    ask = modem(card)
    card.present = False
    assert ask('AT+CSIM=10,"0070000001"') == "+CME ERROR: 10"
    assert ask(text) == "+CME ERROR: 10"


def test_the_numbers_are_those_of_the_card_that_is_in() -> None:
    """Not of the modem's profile, which says what a modem without a card of its own answers."""
    assert modem(None)("AT+CIMI") == f"{Profile().imsi} OK"
    assert modem(None)("AT+CCID") == f"+CCID: {Profile().iccid} OK"
    card = Card(imsi="262019876543210")
    ask = modem(card)
    assert ask("AT+CIMI") == "262019876543210 OK"
    assert ask("AT+CCID") == "+CCID: 8988211000000430010 OK"
    sim = modem(Card(imsi="262019876543210", application="df"))
    assert sim("AT+CIMI") == "262019876543210 OK", "of a plain SIM's DF(GSM)"


def test_powering_down_closes_channels() -> None:
    ask = modem(Card())
    assert ask(f'AT+CCHO="{AID}"') == "+CCHO: 1 OK"
    assert ask("AT+CFUN=0") == "OK"
    assert ask("AT+CFUN=1") == "OK"
    assert ask('AT+CSIM=14,"01A4000C023F00"') == '+CSIM: 4,"6881" OK'
