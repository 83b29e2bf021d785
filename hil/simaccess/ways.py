"""The ways by which a modem reaches its SIM, by name, and readers made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from hil.simaccess.asking import Source
from hil.simaccess.cgla import CglaReader
from hil.simaccess.crsm import CrsmReader
from hil.simaccess.csim import CsimReader
from hil.simaccess.reader import ModemReader

By = Literal["csim", "cgla", "crsm"]

WAYS: tuple[By, ...] = get_args(By)
DEFAULT: By = WAYS[0]


@dataclass(frozen=True, slots=True)
class Habits:
    """Where modems differ, and nothing they say tells."""

    own_channel: bool = True
    """+CSIM: what is meant for the basic channel goes to a logical channel of our own; false: it disturbs the
    modem's own work, for cards and modems that let nobody open one."""
    modem_inserts_channel: bool = True
    """+CGLA: the modem puts the session's channel into the class byte; false: the class byte has to name it."""


def reader(by: By, source: Source, habits: Habits | None = None, *, place: str = "the modem") -> ModemReader:
    """``place`` is where the SIM is, as its reader is called by."""
    habits = habits or Habits()
    name = f"{place}, by AT+{by.upper()}"
    match by:
        case "csim":
            return CsimReader(name, source, own_channel=habits.own_channel)
        case "cgla":
            return CglaReader(name, source, modem_inserts_channel=habits.modem_inserts_channel)
        case "crsm":
            return CrsmReader(name, source)
