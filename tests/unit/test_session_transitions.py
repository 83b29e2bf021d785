"""The client's transition table: complete, and with the shape that the standard asks for."""

from __future__ import annotations

import itertools

import pytest

from simulator.session.transitions import TRANSITIONS, Action, Input, State

FROM_SERVER = frozenset(Input) - {Input.START, Input.CANCEL, Input.BROKEN}


def test_every_state_says_what_it_does_with_every_input() -> None:
    assert set(TRANSITIONS) == set(State)
    for state, row in TRANSITIONS.items():
        assert set(row) == set(Input), state


def test_every_state_is_reached() -> None:
    reached = {State.IDLE}
    while True:
        grown = reached | {state for known in reached for state, _ in TRANSITIONS[known].values()}
        if grown == reached:
            break
        reached = grown
    assert reached == set(State)


@pytest.mark.parametrize(("state", "what"), list(itertools.product(State, Input)))
def test_what_is_passed_over_or_refused_moves_nothing(state: State, what: Input) -> None:
    after, action = TRANSITIONS[state][what]
    if action in (Action.IGNORE, Action.MISUSE):
        assert after is state
    # A session is over when, and only when, nothing more is sent.
    if state is not State.ENDED:
        assert (after is State.ENDED) == (action is Action.END)


def test_the_end_is_final() -> None:
    assert {state for state, _ in TRANSITIONS[State.ENDED].values()} == {State.ENDED}


def test_nothing_is_sent_after_an_abort() -> None:
    """DM Protocol §6.1.1: who sent an abort discards the answer; who received one does not answer."""
    sending = {Action.OPEN, Action.ANSWER, Action.REPEAT, Action.DEMAND, Action.ABORT}
    assert not sending & {action for _, action in TRANSITIONS[State.CLOSING].values()}
    for state in (State.SETUP, State.MANAGEMENT):
        assert TRANSITIONS[state][Input.ABORT] == (State.ENDED, Action.END)


def test_commands_are_executed_for_no_one_but_the_trusted() -> None:
    for row in TRANSITIONS.values():
        executing = {what for what, (_, action) in row.items() if action is Action.ANSWER}
        assert executing <= {Input.PACKAGE}


@pytest.mark.parametrize("what", sorted(FROM_SERVER))
def test_answers_before_the_start_are_a_mistake_of_the_caller(what: Input) -> None:
    assert TRANSITIONS[State.IDLE][what][1] is Action.MISUSE
