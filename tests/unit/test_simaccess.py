"""SIMs behind modems that are less well-behaved than the virtual one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

import pytest

from hil.bench import BenchPart
from hil.card.dialogue import lead
from hil.card.image import CardImage
from hil.card.uicc.build import build
from hil.card.uicc.card import Uicc
from hil.clock import WallClock
from hil.errors import CannotDo, CardGone, NoCard, PartBroke, PartError, PartMissing
from hil.limits import Limits, TimedOut
from hil.modem.at.parser import Command, Response
from hil.modem.at.results import FinalResult, final_result
from hil.simaccess import asking
from hil.simaccess.fcp import as_fcp, is_directory
from hil.simaccess.part import Bay
from hil.simaccess.reader import ModemReader
from hil.simaccess.ways import By, Habits, reader
from simulator.bootstrap.access import Selected, SimAccess, UiccAccess
from tests.modem_bench import ScriptedLine, driving

SELECT_MF = bytes.fromhex("00A4000C023F00")
OPEN, CLOSE = "AT+CSIM=10,0070000001", "AT+CSIM=8,00708001"


class Modem:
    """Answers what its table says, by the command without quotes; each time the next of several answers."""

    def __init__(self, answers: dict[str, list[str] | str | None]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.quotes = True

    def open(self) -> Modem:
        return self

    def close(self) -> None:
        pass

    def ask(self, command: Command) -> Response | None:
        self.asked.append(command.text)
        said = self.answers.get(command.text.replace('"', ""), "ERROR")
        if isinstance(said, list):
            said = said.pop(0) if len(said) > 1 else said[0]
        if said is None:
            return None
        if not self.quotes and '"' in command.text:
            said = "+CME ERROR: 50"
        *lines, last = said.split("\n")
        final = final_result(last)
        if final is None:
            lines, final = [*lines, last], FinalResult(True, "OK")
        return Response(command, tuple(lines), final)


def connected(by: By, answers: dict[str, list[str] | str | None]) -> tuple[ModemReader, Modem]:
    modem = Modem(answers)
    made = reader(by, modem)
    made.connect()
    return made, modem


@pytest.mark.parametrize(
    "said",
    ['+CSIM: 4,"9000"', "+CSIM: 4,9000", '+CSIM:4,"9000"', "+CSIM: 2,9000", '+CSIM: "9000"', "+csim: 4, 90 00"],
)
def test_the_spellings_of_an_answer(said: str) -> None:
    found, _ = connected("csim", {OPEN: "+CSIM: 4,6881", f"AT+CSIM=14,{SELECT_MF.hex().upper()}": said})
    assert found.transmit(SELECT_MF) == b"\x90\x00"


@pytest.mark.parametrize("said", ["OK", "+CSIM: 4,zz", "+CSIM:", "+CSIM: 2,90", "+CSIM: 4,900", "hello"])
def test_an_answer_that_is_none(said: str) -> None:
    found, _ = connected("csim", {OPEN: "+CSIM: 4,6881", f"AT+CSIM=14,{SELECT_MF.hex().upper()}": said})
    with pytest.raises(PartBroke, match="no card's answer"):
        found.transmit(SELECT_MF)


def test_a_modem_that_takes_no_quotes_gets_none() -> None:
    modem = Modem({OPEN: "+CSIM: 4,6881", f"AT+CSIM=14,{SELECT_MF.hex().upper()}": "+CSIM: 4,9000"})
    modem.quotes = False
    found = reader("csim", modem)
    found.connect()
    assert found.transmit(SELECT_MF) == b"\x90\x00"
    assert [text.count('"') for text in modem.asked] == [2, 0, 0]


def test_a_sim_that_is_busy_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "BUSY_SECONDS", 0)
    connected("csim", {OPEN: ["+CME ERROR: 14", "+CME ERROR: 515", "+CSIM: 6,019000"]})
    with pytest.raises(CannotDo, match="SIM busy"):
        connected("csim", {OPEN: "+CME ERROR: 14"})


@pytest.mark.parametrize(
    ("said", "connecting", "in_use", "words"),
    [
        ("+CME ERROR: 10", NoCard, CardGone, "card"),
        ("+CME ERROR: 13", CardGone, CardGone, "the SIM has failed"),
        ("+CME ERROR: 11", PartMissing, PartMissing, "asks for its PIN"),
        ("ERROR", CannotDo, CannotDo, "does not carry this"),
        ("+CME ERROR: 4", CannotDo, CannotDo, "operation not supported"),
        ("+CMS ERROR: 10", CannotDo, CannotDo, "does not carry this"),
        (None, PartBroke, PartBroke, "did not answer"),
    ],
)
def test_refusals(said: str | None, connecting: type[PartError], in_use: type[PartError], words: str) -> None:
    with pytest.raises(connecting, match=words) as caught:
        connected("csim", {OPEN: said})
    assert type(caught.value) is connecting
    assert caught.value.hint
    found, _ = connected("csim", {OPEN: "+CSIM: 4,6881", f"AT+CSIM=14,{SELECT_MF.hex().upper()}": said})
    with pytest.raises(in_use, match=words) as caught:
        found.transmit(SELECT_MF)
    assert type(caught.value) is in_use


def test_our_channel_is_given_back() -> None:
    found, modem = connected("csim", {OPEN: "+CSIM: 6,019000", CLOSE: "+CSIM: 4,9000"})
    found.disconnect()
    found.disconnect()
    assert modem.asked == ['AT+CSIM=10,"0070000001"', 'AT+CSIM=8,"00708001"']


class PushedClock(WallClock):
    """Real time, which a test pushes on."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead


def test_a_limit_that_is_passed_keeps_no_channel_open() -> None:
    """Nothing more is asked of the card but to close it."""
    opening, closing = 'AT+CSIM=10,"0070000001"', 'AT+CSIM=8,"00708001"'
    clock = PushedClock()

    class Line(ScriptedLine):
        def write(self, data: bytes) -> None:
            super().write(data)
            if self.commands[-1:] == ['AT+CSIM=14,"01A4000C023F00"']:
                clock.ahead = timedelta(minutes=2)

    # What the card is asked first stays unanswered until the limit has been passed.
    line = Line({opening: '+CSIM: 6,"019000"', closing: '+CSIM: 4,"9000"', 'AT+CSIM=14,"01A4000C023F00"': None})
    with driving(line) as (world, driver):
        limits = world.scheduler.limits = Limits(clock)
        bench = world.bench()
        bench.parts = {"modem": cast("BenchPart", driver)}
        bay = Bay(bench, "csim", Habits())
        with limits.limited("this step", timedelta(minutes=1)):
            bay.connect()
            for _ in range(2):
                with pytest.raises(TimedOut):
                    bay.transmit(SELECT_MF)
            bay.disconnect()
            with pytest.raises(TimedOut):
                bay.connect()
    assert line.commands[-2:] == ["AT+CMGF?", closing]


def test_what_is_about_the_whole_card_stays_on_the_basic_channel() -> None:
    profile = "AT+CSIM=14,80100000020102"
    found, modem = connected("csim", {OPEN: "+CSIM: 6,019000", profile: "+CSIM: 4,9000"})
    assert found.transmit(bytes.fromhex("80100000020102")) == b"\x90\x00"
    assert modem.asked[-1] == 'AT+CSIM=14,"80100000020102"'


AID = "A000000063504B43532D3135"
USIM = "A0000000871002"


def session(said: str, **answers: list[str] | str | None) -> dict[str, list[str] | str | None]:
    return {f"AT+CCHO={USIM}": said, "AT+CGLA=2,14,00A4000C023F00": "+CGLA: 4,9000", **answers}


@pytest.mark.parametrize("said", ["+CCHO: 2", "2", '+CCHO: "2"', "+CCHO:2,9000"])
def test_the_spellings_of_a_session(said: str) -> None:
    found, modem = connected("cgla", session(said))
    assert found.transmit(SELECT_MF) == b"\x90\x00"
    found.disconnect()
    assert modem.asked[-1] == "AT+CCHC=2"


def test_a_session_that_is_none() -> None:
    with pytest.raises(PartBroke, match="a number is expected"):
        connected("cgla", session("+CCHO: x"))
    with pytest.raises(CannotDo, match="neither the USIM nor PKCS#15"):
        connected("cgla", {})
    with pytest.raises(NoCard):
        connected("cgla", session("+CME ERROR: 10"))


def test_an_application_without_a_status_is_selected_all_the_same() -> None:
    answers = session("+CCHO: 2")
    answers |= {f"AT+CCHO={AID}": "+CCHO: 3", "AT+CCHC=2": "OK", "AT+CGLA=3,10,80F2000000": "+CGLA: 4,6D00"}
    found, _ = connected("cgla", answers)
    assert found.transmit(bytes.fromhex(f"00A404040C{AID}00")) == b"\x90\x00"
    # A modem without room for one more session
    answers[f"AT+CCHO={AID}"] = "+CME ERROR: 20"
    assert found.transmit(bytes.fromhex(f"00A404040C{AID}00")) == b"\x6a\x81"


def test_lengths_that_crsm_does_not_take() -> None:
    root = "AT+CRSM=192,16128,0,0,"
    iccid = "AT+CRSM=192,12258,0,0,"
    answers: dict[str, list[str] | str | None] = {
        f"{root}255": "+CME ERROR: 50",
        f"{root}15": "+CRSM: 144,0,3E",
        f"{iccid}255,,3F00": "+CRSM: 103,15",
        f"{iccid}15,,3F00": '+CRSM: 144,0,"0000000A2FE204000FFF5501020000"',
        "AT+CRSM=176,12258,0,0,10,,3F00": "+CRSM: 144,0,988812010000400310F0",
        "AT+CRSM=176,12258,0,0,11,,3F00": "+CRSM: 148,4",
        "AT+CRSM=176,12258,0,0,12,,3F00": "+CRSM: x,4",
        "AT+CRSM=176,12258,0,0,13,,3F00": "+CRSM: 144,0,zz",
    }
    found, _ = connected("crsm", answers)
    assert found.transmit(bytes.fromhex("00A40004022FE200"))[0] == 0x62
    assert found.transmit(bytes.fromhex("00B000000A")).hex() == "988812010000400310f09000"
    assert found.transmit(bytes.fromhex("00B000000B")) == b"\x6a\x82"
    assert found.transmit(bytes.fromhex("00B000000C")) == b"\x6f\x00"
    assert found.transmit(bytes.fromhex("00B000000D")) == b"\x6f\x00"


def test_a_modem_that_describes_no_directories() -> None:
    odf = '"0000000A503104000FFF5501020000"'
    found, _ = connected("crsm", {"AT+CRSM=192,20529,0,0,255,,3F007F50": f"+CRSM: 144,0,{odf}"})
    assert found.transmit(bytes.fromhex("00A4000C027F50")) == b"\x90\x00"
    assert found.transmit(bytes.fromhex("00A4000C025031")) == b"\x90\x00"


@pytest.mark.parametrize(
    ("apdu", "answer"),
    [
        ("0020000108313233340000FFFF", "6D00"),
        ("0070000001", "6881"),
        ("01A4000C023F00", "6881"),
        ("A0A40000023F00", "6E00"),
        ("00A4040C07A0000000871004", "6A82"),
        ("00A4040E07A0000000871002", "6A81"),
        ("00A4030C023F00", "6A86"),
        ("00A4000C013F", "6A87"),
        ("00B0000001", "6986"),
        ("80F2000C", "9000"),
        ("00A400", "6700"),
    ],
)
def test_what_crsm_cannot_do_is_answered_as_by_a_card_that_cannot(apdu: str, answer: str) -> None:
    found, _ = connected("crsm", {"AT+CRSM=192,16128,0,0,255": "+CRSM: 144,0"})
    assert found.transmit(bytes.fromhex(apdu)).hex().upper() == answer


def test_an_update_by_crsm() -> None:
    answers: dict[str, list[str] | str | None] = {
        "AT+CRSM=192,16128,0,0,255": "+CRSM: 144,0",
        "AT+CRSM=192,28486,0,0,255,,3F007FFF": "+CRSM: 144,0",
        "AT+CRSM=214,28486,0,1,2,AABB,3F007FFF": "+CRSM: 144,0",
        "AT+CRSM=220,28486,1,4,2,AABB,3F007FFF": "+CRSM: 152,4",
    }
    found, _ = connected("crsm", answers)
    assert found.transmit(bytes.fromhex("00A4080C047FFF6F46")) == b"\x90\x00"
    assert found.transmit(bytes.fromhex("00D6000102AABB")) == b"\x90\x00"
    assert found.transmit(bytes.fromhex("00DC010402AABB")) == b"\x69\x82"
    assert found.transmit(bytes.fromhex("00B0860001")) == b"\x6a\x81"


def dual_card() -> Uicc:
    said = {"imsi": "001010123456789", "layout": {"mode": "dual", "application": "df"}}
    return build(CardImage.model_validate(said))


def header_of(path: str) -> bytes:
    """What the virtual card says of a file in a SIM's words."""
    card, answers = dual_card(), []

    def hear(apdu: bytes) -> bytes:
        answers.append(card.process(apdu))
        return answers[-1]

    lead(SimAccess().select(bytes.fromhex(path)), hear)
    return answers[-1][:-2]


@pytest.mark.parametrize("path", ["3F00", "3F002F00", "3F007F506430", "3F007F50"])
def test_a_file_is_the_same_in_a_sim_s_words_and_in_a_uicc_s(path: str) -> None:
    template = as_fcp(header_of(path))
    assert template[0] == 0x62
    # A SIM names no access rule.
    by_uicc = lead(UiccAccess().select(bytes.fromhex(path)), dual_card().process)._replace(rule=None)
    assert lead(UiccAccess().select(bytes.fromhex(path[-4:])), lambda _: template + b"\x90\x00") == by_uicc
    assert by_uicc != Selected()
    assert is_directory(template, False) == (path in ("3F00", "3F007F50"))


@pytest.mark.parametrize("said", [b"", b"\x62\x00", bytes(13), bytes(20), b"\x62\x85", b"\x62\x02\x82\x00"])
def test_what_tells_nothing_stays_as_it_is(said: bytes) -> None:
    assert as_fcp(said) == said
    assert is_directory(said, True)
    assert not is_directory(said, False)
