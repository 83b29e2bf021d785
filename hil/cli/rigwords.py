"""What a command line says about the rig that scenarios run on, beside its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def wait_option(function: F) -> F:
    """``wait``: a length of time."""
    return click.option(
        "--wait",
        default="0 s",
        metavar="TIME",
        callback=_length,
        help="How long to wait for a reader or port that another run has, such as '5 min' [not at all].",
    )(function)


def ask_option(function: F) -> F:
    return click.option(
        "--ask", is_flag=True, help="Ask a person at the terminal to do what no part of the rig can do."
    )(function)


def _length(ctx: click.Context, parameter: click.Parameter, value: str) -> timedelta:
    from hil.fields import duration

    try:
        length = duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    assert isinstance(length, timedelta)
    return length
