"""``expect.account``, ``expect.node``: what stands in the device's tree."""

from __future__ import annotations

from pydantic import model_validator

from hil.device.contract import Inspected
from hil.errors import ExpectationFailed
from hil.fields import Duration
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


class ExpectNode(StepModel):
    """A node of the tree and its value, or with ``present: no`` none. Waited for."""

    needs = frozenset({"device.inspect"})

    uri: str
    value: str | None = None
    present: bool = True
    within: Duration | None = None

    @model_validator(mode="after")
    def _consistent(self) -> ExpectNode:
        if not self.present and self.value is not None:
            raise ValueError("a node that is not present has no value")
        return self


@step("expect.node", ExpectNode)
def expect_node(run: Run, wanted: ExpectNode) -> None:
    device = run.part("device", Inspected)

    def holds() -> bool:
        value = device.value(wanted.uri)
        if not wanted.present or value is None:
            return wanted.present is (value is not None)
        return wanted.value is None or wanted.value == value

    def seen() -> str:
        value = device.value(wanted.uri)
        if value is None:
            return f"there is no node {wanted.uri}"
        return f"{wanted.uri} is {value!r}" + (
            f", not {wanted.value!r}" if wanted.present else ", and should not be"
        )

    run.expect(holds, seen, wanted.within)
