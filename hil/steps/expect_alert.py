"""``expect.alert``: what the device told the server of its own accord (Alerts 1224, 1225, 1226, 1230)."""

from __future__ import annotations

from hil.errors import ExpectationFailed
from hil.fields import Duration
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from hil.server.answer import Value
from hil.server.contract import Inspected
from hil.server.events import DeviceAlert

MARK = "alerts"


class ExpectAlert(StepModel):
    """The next alert behind the last one that an expectation has seen."""

    short = "code"
    needs = frozenset({"server.inspect"})

    code: int
    source: str | None = None
    """The node that it is about; empty: none."""
    type: str | None = None
    format: str | None = None
    data: str | None = None
    mark: str | None = None
    correlator: str | None = None
    octets: int | None = None
    """How long the data is."""
    items: int | None = None
    """How many there are; what else is expected goes for the first."""
    within: Duration | None = None


@step("expect.alert", ExpectAlert)
def expect_alert(run: Run, wanted: ExpectAlert) -> None:
    alerts = run.part("server", Inspected).alerts
    index = run.marks.get(MARK, 0)
    run.expect(lambda: len(alerts) > index, lambda: "the device has sent no (further) alert", wanted.within)
    run.marks[MARK] = index + 1
    found = _differences(alerts[index], wanted)
    if found:
        raise ExpectationFailed("; ".join(found))


def _differences(alert: DeviceAlert, wanted: ExpectAlert) -> list[str]:
    first = next(iter(alert.items), None)
    seen: list[tuple[str, object, object]] = [
        ("code", wanted.code, alert.code),
        ("correlator", wanted.correlator, alert.correlator),
        ("number of items", wanted.items, len(alert.items)),
    ]
    seen += [(name, getattr(wanted, name), _of(first, name)) for name in ("type", "format", "mark")]
    seen += [
        ("source", wanted.source, first.uri if first is not None else None),
        ("data", wanted.data, first.text if first is not None else None),
        ("length", wanted.octets, len((first.text or "").encode()) if first is not None else None),
    ]
    return [f"the alert's {name} is {was!r}, not {is_!r}" for name, is_, was in seen if is_ not in (None, was)]


def _of(value: Value | None, name: str) -> object:
    return None if value is None else getattr(value, name)
