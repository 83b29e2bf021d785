"""Splitting and sorting what a modem says (V.250, TS 27.005)."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.modem.at.lines import MAX_LINE, AtLine, LineSplitter
from hil.modem.at.parser import Answered, Command, Event, Parser, Prompted, Unsolicited
from hil.modem.at.results import CME_ERRORS, CMS_ERRORS, ERRORS, MEMORY_FULL, Family, final_result
from hil.modem.at.values import number, split_values

CMT = ["+CMT: ,26", "07914477581006500404812143000452010121000000025A5A"]
ANSWER = ["+CMGR: 0,,26", "0791447758100650040481214300045201012100000002AAAA", "OK"]
READ = Command("AT+CMGR=1")


def split(data: bytes, cuts: list[int] | None = None) -> list[AtLine]:
    splitter = LineSplitter()
    edges = [0, *sorted(cuts or []), len(data)]
    return [line for a, b in pairwise(edges) for line in splitter.feed(data[a:b])]


def sort(lines: list[str], command: Command | None = None) -> list[Event]:
    parser = Parser()
    if command:
        parser.begin(command)
    return [event for line in lines for event in parser.take(AtLine(line, b""))]


class TestLines:
    @pytest.mark.parametrize(
        "data",
        [b"\r\nOK\r\n", b"OK\r", b"OK\n", b"\r\r\n\nOK\r\r\n", b"\r\n\r\nOK\r\n\r\n", b"\x00\r\n OK \r\n"],
    )
    def test_line_ends(self, data: bytes) -> None:
        assert [line.text for line in split(data)] == ["OK"]

    def test_a_prompt_needs_no_line_end(self) -> None:
        lines = split(b"AT+CMGS=5\r\r\n> ")
        assert [(line.text, line.prompt) for line in lines] == [("AT+CMGS=5", False), ("", True)]

    def test_what_only_begins_like_a_prompt(self) -> None:
        assert [line.text for line in split(b"\r\n>x\r\n")] == [">x"]

    def test_every_cut_gives_the_same_lines(self) -> None:
        stream = "".join(f"\r\n{line}\r\n" for line in [*CMT, *ANSWER]).encode() + b"\r\n> "
        whole = split(stream)
        assert len(whole) == 6
        for cut in range(len(stream)):
            assert split(stream, [cut]) == whole
        assert split(stream, list(range(len(stream)))) == whole

    @given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
    def test_nothing_is_lost_whatever_comes(self, data: bytes, cuts: list[int]) -> None:
        lines = split(data, [min(cut, len(data)) for cut in cuts])
        assert lines == split(data)
        assert data.startswith(b"".join(line.raw for line in lines))

    @given(
        st.lists(
            st.sampled_from([b"\r", b"\n", b"> ", b">", b" ", b"OK", b"+CMT: ,26", b"\x00", b"\x1a"]), max_size=40
        )
    )
    def test_runs_of_bytes_are_taken_as_single_bytes_are(self, pieces: list[bytes]) -> None:
        data = b"".join(pieces)
        by_byte: list[AtLine] = []
        LineSplitter()._feed_bytes(data, by_byte)
        assert split(data) == by_byte
        assert split(data, list(range(len(data)))) == by_byte

    @pytest.mark.parametrize("filling", [b"x", b"\n", b"\0"])
    def test_noise_without_end_is_cut(self, filling: bytes) -> None:
        splitter = LineSplitter()
        lines = splitter.feed(filling * (3 * MAX_LINE + 1))
        assert all(len(line.raw) <= MAX_LINE for line in lines)
        assert len(splitter._raw) < MAX_LINE
        assert [line.text for line in splitter.feed(b"\r\nOK\r\n")][-1] == "OK"


class TestFinalResults:
    @pytest.mark.parametrize("line", ["OK", "ERROR", "NO CARRIER", "COMMAND NOT SUPPORT", "TOO MANY PARAMETERS"])
    def test_words(self, line: str) -> None:
        final = final_result(line)
        assert final is not None
        assert final.ok is (line == "OK")

    def test_numbers_have_meanings(self) -> None:
        final = final_result("+CME ERROR: 10")
        assert final is not None
        assert (final.family, final.code, str(final)) == ("CME", 10, "+CME ERROR: 10 (SIM not inserted)")
        assert str(final_result("+CMS ERROR: 340")).endswith("(no +CNMA acknowledgement expected)")
        assert str(final_result("+CMS ERROR: 211")).endswith("(memory capacity exceeded)")
        assert str(final_result("+CMS ERROR: 9999")) == "+CMS ERROR: 9999"

    def test_words_instead_of_numbers(self) -> None:
        final = final_result("+CME ERROR: SIM busy")
        assert final is not None
        assert (final.ok, final.number, str(final)) == (False, ("CME", 14), "+CME ERROR: SIM busy")
        final = final_result("+CMS ERROR: Memory Full")
        assert final is not None
        assert final.number in MEMORY_FULL
        final = final_result("+CME ERROR: the maker's own words")
        assert final is not None
        assert (final.ok, final.code, final.meaning) == (False, None, None)

    @pytest.mark.parametrize("family", ERRORS)
    def test_every_number_and_its_words_are_the_same_error(self, family: Family) -> None:
        for code, words in ERRORS[family].items():
            by_number = final_result(f"+{family} ERROR: {code}")
            by_words = final_result(f"+{family} ERROR: {words.upper()}")
            assert by_number is not None
            assert by_words is not None
            assert by_number.meaning == words
            assert by_words.meaning == words

    @pytest.mark.parametrize("line", ["", "OKAY", "+CMGR: OK", "+CMEE: 1", "ok"])
    def test_what_ends_nothing(self, line: str) -> None:
        assert final_result(line) is None

    def test_tables(self) -> None:
        assert CME_ERRORS[14] == "SIM busy"
        assert CMS_ERRORS[322] == "memory full"


class TestSorting:
    def test_answer(self) -> None:
        (event,) = sort(["AT+CMGR=1", *ANSWER], READ)
        assert isinstance(event, Answered)
        assert event.response.ok
        assert event.response.lines == tuple(ANSWER[:2])
        assert event.response.value() == "0,,26"

    @pytest.mark.parametrize("urc", [CMT, ['+CMTI: "SM",3'], ["RING"], ["^RSSI: 12"], ["+CREG: 1"], ["RDY"]])
    @pytest.mark.parametrize("place", range(4))
    def test_an_unsolicited_result_between_any_two_lines(self, urc: list[str], place: int) -> None:
        events = sort([*ANSWER[:place], *urc, *ANSWER[place:]], READ)
        (answer,) = [event for event in events if isinstance(event, Answered)]
        (alone,) = [event for event in events if isinstance(event, Unsolicited)]
        assert answer.response.lines == tuple(ANSWER[:2])
        assert alone == Unsolicited(*urc)

    @given(st.data())
    @settings(max_examples=60)
    def test_several_of_them_anywhere(self, data: st.DataObject) -> None:
        lines = list(ANSWER)
        blocks: list[list[str]] = [CMT, ['+CMTI: "ME",0'], ["+CDS: 6", "00"], ["^BOOT:1"]]
        places = sorted(data.draw(st.lists(st.integers(0, 3), min_size=4, max_size=4)), reverse=True)
        for place, block in zip(places, blocks, strict=True):
            lines[place:place] = block
        events = sort(lines, READ)
        assert len([e for e in events if isinstance(e, Unsolicited)]) == 4
        (answer,) = [event for event in events if isinstance(event, Answered)]
        assert answer.response.lines == tuple(ANSWER[:2])

    def test_the_answer_to_a_question_is_not_unsolicited(self) -> None:
        (event,) = sort(["+CPIN: SIM PIN", "OK"], Command("AT+CPIN?"))
        assert isinstance(event, Answered)
        assert event.response.value() == "SIM PIN"
        assert sort(["+CPIN: SIM PIN"]) == [Unsolicited("+CPIN: SIM PIN")]

    def test_a_pdu_that_never_comes(self) -> None:
        assert sort([CMT[0], *CMT]) == [Unsolicited(CMT[0]), Unsolicited(*CMT)]

    def test_a_final_result_while_a_pdu_is_awaited(self) -> None:
        events = sort([CMT[0], "OK", CMT[1]], Command("AT"))
        assert isinstance(events[0], Answered)
        assert events[1] == Unsolicited(*CMT)

    def test_lower_case_and_stray_comma(self) -> None:
        assert sort(["+CDS: ,24", "07ab"]) == [Unsolicited("+CDS: ,24", "07ab")]

    def test_echo_is_dropped(self) -> None:
        command = Command("AT+CMGS=2", payload="00AB")
        parser = Parser()
        parser.begin(command)
        assert parser.take(AtLine("AT+CMGS=2", b"")) == []
        assert parser.take(AtLine("", b"", prompt=True)) == [Prompted(command)]
        assert parser.take(AtLine("00AB", b"")) == []
        (event,) = [*parser.take(AtLine("+CMGS: 7", b"")), *parser.take(AtLine("OK", b""))]
        assert isinstance(event, Answered)
        assert event.response.value() == "7"

    def test_a_prompt_nobody_asked_for(self) -> None:
        parser = Parser()
        parser.begin(READ)
        assert parser.take(AtLine("", b"", prompt=True)) == []

    def test_a_late_answer_is_not_taken_for_the_next(self) -> None:
        command = Command("AT+CMGF?", expect="+CMGF:")
        events = sort(["+CMGR: 0,,26", "OK", "+CMGF: 0", "OK"], command)
        assert len(events) == 1
        assert isinstance(events[0], Answered)
        assert events[0].response.value() == "0"

    def test_without_a_command_everything_is_unsolicited(self) -> None:
        assert sort(["OK"]) == [Unsolicited("OK")]

    @given(st.lists(st.sampled_from([*CMT, *ANSWER, "", ">", "+CMT:", "AT+CMGR=1", "ERROR"]), max_size=12))
    def test_no_order_of_lines_breaks_it(self, lines: list[str]) -> None:
        sort(lines, READ)


class TestValues:
    @pytest.mark.parametrize(
        ("text", "values"),
        [
            ('"SM",3', ["SM", "3"]),
            (",24", ["", "24"]),
            ('1,,"a,b",', ["1", "", "a,b", ""]),
            ("", []),
            ('"x"y,2', ['"x"y', "2"]),
            ('"open,2', ['"open', "2"]),
        ],
    )
    def test_splitting(self, text: str, values: list[str]) -> None:
        assert split_values(text) == values

    @given(st.text(max_size=80))
    def test_any_text_gives_a_list(self, text: str) -> None:
        assert all(isinstance(value, str) for value in split_values(text))

    @pytest.mark.parametrize(
        ("text", "value"), [("12", 12), ("", None), ("-1", None), ("70000", None), ("٣", None), ("9" * 5000, None)]
    )
    def test_numbers(self, text: str, value: int | None) -> None:
        assert number(text) == value


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["Quectel"], "Quectel"),
        (['"Quectel"'], "Quectel"),
        (['+CGMI: "Quectel"'], "Quectel"),
        (["+QIND: 1", "Quectel"], "Quectel"),
        (['+CGMI: "a",129'], '"a",129'),
        ([], ""),
        (["+OTHER: 1"], ""),
    ],
)
def test_the_text_of_an_answer(lines: list[str], text: str) -> None:
    (event,) = [each for each in sort([*lines, "OK"], Command("AT+CGMI")) if isinstance(each, Answered)]
    assert event.response.text() == text


def test_a_call_that_ends_ends_no_other_command() -> None:
    events = sort(["NO CARRIER", *ANSWER], READ)
    assert events[0] == Unsolicited("NO CARRIER")
    assert isinstance(events[1], Answered)
    (event,) = sort(["NO CARRIER"], Command("ATD123;"))
    assert isinstance(event, Answered)


def test_the_digits_of_an_answer_are_no_pdu_of_a_message_shown_as_text() -> None:
    events = sort(['+CMT: "+44",,"26/01/01"', "Hello", *ANSWER], READ)
    assert events[0] == Unsolicited('+CMT: "+44",,"26/01/01"')
    (answer,) = [event for event in events if isinstance(event, Answered)]
    assert answer.response.lines[-1] == ANSWER[1]
