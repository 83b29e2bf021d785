"""User interaction: options, answers, and what they do to an Atomic, a Sequence, a message (DM Protocol §10)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.codes.alert import USER_INTERACTION, AlertCode
from simulator.session import interaction as ui
from simulator.session.events import Event, Noted, Outcome
from simulator.session.interaction import (
    Answer,
    Cancelled,
    Chosen,
    Confirmed,
    EchoType,
    InputType,
    Options,
    ScriptedUser,
    Shown,
    TimedOut,
    Typed,
    read_options,
)
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import Alert, Atomic, Command, Item, Sequence, Status
from simulator.tree import Tree
from tests.unit.scripted_server import ScriptedServer, drive
from tests.unit.session_bench import a_session, a_tree, add, ended, get


def ask(code: int, options: str = "", text: str = "Well?", choices: tuple[str, ...] = ()) -> Alert:
    return Alert("", data=str(code), items=[Item(data=data) for data in (options, text, *choices)])


def play(
    *commands: Command, answers: list[Answer | None] | None = None, tree: Tree | None = None
) -> tuple[list[str], list[list[str]], ScriptedUser, list[Event]]:
    """Status codes without the header's; the Items of each; the user; all events."""
    user = ScriptedUser(answers or [])
    server = ScriptedServer(packages=[list(commands)])
    events = drive(a_session(tree or a_tree(), user=user), server)
    assert ended(events).outcome is Outcome.COMPLETED
    server.assert_all_answered()
    statuses = [c for c in server.messages[1].sync_body.commands if isinstance(c, Status) and c.cmd_ref != "0"]
    return (
        [str(status.data) for status in statuses],
        [[str(item.data) for item in status.items] for status in statuses],
        user,
        events,
    )


CHOICES = ("tea", "coffee", "water")


@pytest.mark.parametrize(
    ("alert", "answer", "code", "items"),
    [
        (ask(1100), Shown(), "200", []),
        (ask(1100), Cancelled(), "214", []),
        (ask(1100, "MAXDT=5"), TimedOut(), "200", []),
        (ask(1101), Confirmed(True), "200", []),
        (ask(1101), Confirmed(False), "304", []),
        (ask(1101), Cancelled(), "214", []),
        (ask(1101), TimedOut(), "214", []),
        (ask(1101, "MAXDT=5&DR=1"), TimedOut(), "200", []),
        (ask(1101, "MAXDT=5&DR=0"), TimedOut(), "304", []),
        (ask(1101, "DR=perhaps"), TimedOut(), "214", []),
        (ask(1102), Typed("hello"), "200", ["hello"]),
        (ask(1102), Typed(""), "200", [""]),
        (ask(1102, "DR=John+Doe"), TimedOut(), "200", ["John Doe"]),
        (ask(1102), TimedOut(), "214", []),
        (ask(1102, "MAXLEN=3"), Typed("abc"), "200", ["abc"]),
        (ask(1102, "MAXLEN=3"), Typed("abcd"), "214", []),
        (ask(1102, "MAXLEN=3&DR=abcd"), TimedOut(), "214", []),
        (ask(1102, "IT=N"), Typed("-12.5"), "200", ["-12.5"]),
        (ask(1102, "IT=N"), Typed("twelve"), "214", []),
        (ask(1102, "IT=D"), Typed("24122031"), "200", ["24122031"]),
        (ask(1102, "IT=D"), Typed("2031-12-24"), "214", []),
        (ask(1102, "IT=T"), Typed("235959"), "200", ["235959"]),
        (ask(1102, "IT=T"), Typed("noon"), "214", []),
        (ask(1102, "IT=P"), Typed("+49 30 1234"), "200", ["+49 30 1234"]),
        (ask(1102, "IT=P"), Typed("call me"), "214", []),
        (ask(1102, "IT=I"), Typed("192.0.2.1"), "200", ["192.0.2.1"]),
        (ask(1102, "IT=I"), Typed("example.com"), "214", []),
        (ask(1102, "IT=A&ET=P"), Typed("secret!"), "200", ["secret!"]),
        (ask(1103, choices=CHOICES), Chosen((2,)), "200", ["2"]),
        (ask(1103, choices=CHOICES), Chosen((4,)), "214", []),
        (ask(1103, choices=CHOICES), Chosen((0,)), "214", []),
        (ask(1103, choices=CHOICES), Chosen((1, 2)), "214", []),
        (ask(1103, choices=CHOICES), Chosen(()), "214", []),
        (ask(1103, "DR=3", choices=CHOICES), TimedOut(), "200", ["3"]),
        (ask(1103, "DR=9", choices=CHOICES), TimedOut(), "214", []),
        (ask(1104, choices=CHOICES), Chosen((3, 1)), "200", ["3", "1"]),
        (ask(1104, choices=CHOICES), Chosen(()), "200", []),
        (ask(1104, choices=CHOICES), Chosen((1, 1)), "214", []),
        (ask(1104, "DR=2-3", choices=CHOICES), TimedOut(), "200", ["2", "3"]),
        (ask(1104, choices=CHOICES), Cancelled(), "214", []),
        (ask(1100), Typed("x"), "214", []),
        (ask(1101), None, "406", []),
    ],
)
def test_an_answer_becomes_a_status(alert: Alert, answer: Answer | None, code: str, items: list[str]) -> None:
    codes, found, user, _ = play(alert, answers=[answer])
    assert (codes, found) == ([code], [items])
    assert len(user.asked) == 1


def test_without_a_screen() -> None:
    """406 (§10.1)."""
    server = ScriptedServer(packages=[[ask(1100), ask(1101)]])
    drive(a_session(a_tree()), server)
    assert server.codes(1) == ["212", "406", "406"]


@pytest.mark.parametrize("encoding", list(Encoding))
def test_the_order_of_items_is_kept(encoding: Encoding) -> None:
    """§10.2: options, text, choices, numbered from 1 as they come."""
    user = ScriptedUser([Chosen((3,))])
    server = ScriptedServer(
        packages=[[ask(1103, "MINDT=1&MAXDT=20", "Which?", ("c", "a", "b"))]], encoding=encoding
    )
    drive(a_session(a_tree(), user=user), server)
    (asked,) = user.asked
    assert (asked.code, asked.text, asked.choices) == (AlertCode.SINGLE_CHOICE, "Which?", ("c", "a", "b"))
    assert (asked.options.min_seconds, asked.options.max_seconds) == (1, 20)


@pytest.mark.parametrize(
    "alert",
    [Alert("", data="1100"), Alert("", data="1101", items=[Item(data="only one")]), ask(1103), ask(1104, "", "?")],
)
def test_an_alert_without_text_or_choices(alert: Alert) -> None:
    """412."""
    codes, _, user, events = play(alert, answers=[Shown()])
    assert codes == ["412"]
    assert user.asked == []
    assert len(alert.items) > 1 or any(isinstance(e, Noted) and e.clause == "DM Protocol §10.2" for e in events)


def test_what_the_device_would_not_let_through_is_noted() -> None:
    _, _, _, events = play(ask(1102, "IT=N"), answers=[Typed("abc")])
    (note,) = (event for event in events if isinstance(event, Noted))
    assert "numeric" in note.text
    assert (note.message, note.command) == ("1", "Alert 4")


# -- what No and Cancel do


@pytest.mark.parametrize(("answer", "code"), [(Confirmed(False), "304"), (Cancelled(), "214")])
def test_no_makes_an_atomic_fail(answer: Answer, code: str) -> None:
    tree = a_tree()
    atomic = Atomic("", commands=[add("./Shop/A", "a"), ask(1101), add("./Shop/B", "b")])
    codes, _, _, _ = play(atomic, add("./Shop/C", "c"), answers=[answer], tree=tree)
    assert codes == ["507", "216", code, "215", "200"]
    assert [tree.exists(f"./Shop/{name}") for name in "ABC"] == [False, False, True]


def test_yes_lets_an_atomic_go_on() -> None:
    tree = a_tree()
    atomic = Atomic("", commands=[ask(1101), add("./Shop/A", "a")])
    codes, _, _, _ = play(atomic, answers=[Confirmed(True)], tree=tree)
    assert codes == ["200", "200", "200"]
    assert tree.exists("./Shop/A")


@pytest.mark.parametrize(("answer", "code"), [(Confirmed(False), "304"), (Cancelled(), "214")])
def test_no_stops_a_sequence(answer: Answer, code: str) -> None:
    tree = a_tree()
    inner = Sequence("", commands=[ask(1101), add("./Shop/A", "a")])
    outer = Sequence("", commands=[add("./Shop/0", "0"), inner, add("./Shop/B", "b")])
    codes, _, _, _ = play(outer, add("./Shop/C", "c"), answers=[answer], tree=tree)
    assert codes == ["200", "200", "200", code, "215", "215", "200"]
    assert [tree.exists(f"./Shop/{name}") for name in "0ABC"] == [True, False, False, True]


def test_a_sequence_that_was_stopped_undoes_its_atomic() -> None:
    tree = a_tree()
    sequence = Sequence("", commands=[add("./Shop/A", "a"), ask(1101), add("./Shop/B", "b")])
    codes, _, _, _ = play(Atomic("", commands=[sequence]), answers=[Confirmed(False)], tree=tree)
    assert codes == ["507", "216", "216", "304", "215"]
    assert not tree.exists("./Shop/A")


def test_no_in_a_message_touches_nothing_else() -> None:
    codes, _, _, _ = play(ask(1101), get("./DevInfo/Man"), answers=[Confirmed(False)])
    assert codes == ["304", "200"]


def test_cancel_in_a_message_stops_the_rest_of_it() -> None:
    codes, _, user, _ = play(ask(1101), get("./DevInfo/Man"), ask(1100), answers=[Cancelled()])
    assert codes == ["214", "215", "215"]
    assert len(user.asked) == 1


# -- options


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", Options()),
        ("MINDT=10&MAXDT=30", Options(min_seconds=10, max_seconds=30)),
        ("maxlen=8&it=n&et=p", Options(max_length=8, input_type=InputType.NUMERIC, echo=EchoType.PASSWORD)),
        ("DR=a%26b+c%3D", Options(default="a&b c=")),
        ("NEW=1&MINDT=5&&=&X", Options(min_seconds=5)),
        ("MINDT=soon&IT=Z&ET=&MAXLEN=-1", Options()),
        ("MAXDT=" + "9" * 40, Options()),
        ("MINDT=\u0664", Options()),
        ("DR=", Options(default="")),
    ],
)
def test_options(text: str, options: Options) -> None:
    """Unknown options, and values that are none, are skipped (§10.3)."""
    assert read_options(text) == options


@given(st.text(max_size=80))
def test_any_option_string_is_read_in_peace(text: str) -> None:
    assert isinstance(read_options(text), Options)


@given(
    st.sampled_from(sorted(USER_INTERACTION)),
    st.lists(st.text("a1.+&=DR", max_size=8), max_size=4),
    st.one_of(
        st.just(Shown()),
        st.just(Cancelled()),
        st.just(TimedOut()),
        st.builds(Confirmed, st.booleans()),
        st.builds(Typed, st.text(max_size=5)),
        st.builds(lambda n: Chosen(tuple(n)), st.lists(st.integers(-1, 5), max_size=3)),
    ),
)
def test_every_answer_settles(code: AlertCode, texts: list[str], answer: Answer) -> None:
    """What counts is never "time is up", and always fits the alert."""
    interaction = ui.Interaction(code, "?", tuple(texts[1:]), read_options("&".join(texts)))
    counts, _ = ui.settled(interaction, answer)
    assert not isinstance(counts, TimedOut)
    again, objection = ui.settled(interaction, counts)
    assert (again, objection) == (counts, None)


def test_a_script_that_is_used_up_leaves_nobody_there() -> None:
    codes, _, _, _ = play(ask(1100), ask(1101), answers=[])
    assert codes == ["200", "214"]
