"""``expect.account``: the accounts that the device has."""

from __future__ import annotations

from hil.device.contract import Inspected
from hil.errors import ExpectationFailed
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step


class ExpectAccount(StepModel):
    """A DM account for a server, or with ``present: no`` none."""

    short = "server"
    needs = frozenset({"device.inspect"})

    server: str
    present: bool = True
    origin: str | None = None
    """How its origin begins: ``card``."""


@step("expect.account", ExpectAccount)
def expect_account(run: Run, wanted: ExpectAccount) -> None:
    known = run.part("device", Inspected).accounts()
    account = next((a for a in known if a.server_id == wanted.server), None)
    if (account is not None) != wanted.present:
        there = ", ".join(a.server_id for a in known) or "none"
        be = "is no" if wanted.present else "is still an"
        raise ExpectationFailed(f"there {be} account for {wanted.server}; accounts in the tree: {there}")
    if account is not None and wanted.origin is not None and not account.origin.startswith(wanted.origin):
        raise ExpectationFailed(f"the account came from {account.origin!r}, not {wanted.origin!r}")
