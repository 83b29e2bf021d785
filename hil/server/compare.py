"""What a device answered, held against what the command expects."""

from __future__ import annotations

from collections.abc import Iterator

from hil.server.answer import Answer, Value
from hil.server.said import Expect
from hil.server.tnds import flatten
from simulator.codes.status import StatusCode
from simulator.errors import CodecError
from simulator.tnds import embedded

NOT_DONE = (StatusCode.OPERATION_CANCELLED, StatusCode.NOT_EXECUTED, StatusCode.ATOMIC_ROLL_BACK_OK)
"""Codes of the 2xx kind that say that the command has had no effect."""

SHOWN = 200
"""Characters of a value in a complaint."""


def complaints(answer: Answer) -> list[str]:
    """One sentence for everything that is not as the command expects; also inside."""
    found = [f"{answer.command}: {what}" for what in _differences(answer.command.act.expect, answer)]
    for inner in answer.inner:
        found += complaints(inner)
    return found


def _differences(expect: Expect, answer: Answer) -> list[str]:
    """Inner commands apart."""
    if answer.silent:
        return []
    if answer.status is None:
        return [answer.note or "no answer yet"]
    if answer.wrong:
        return [answer.wrong]
    return [*_status(expect, answer), *_first(expect, answer), *_results(expect, answer), *_items(expect, answer)]


def _status(expect: Expect, answer: Answer) -> Iterator[str]:
    if expect.status is None:
        fine = answer.status is not None and 200 <= answer.status < 300 and answer.status not in NOT_DONE
        if not fine and expect.statuses is None:
            yield f"status {answer.status}, not a success"
    elif answer.status not in expect.status:
        yield f"status {answer.status}, not {' or '.join(map(str, expect.status))}"
    for uri, wanted in (expect.statuses or {}).items():
        if answer.statuses.get(uri) != wanted:
            yield f"status {answer.statuses.get(uri)} for {uri}, not {wanted}"


def _first(expect: Expect, answer: Answer) -> Iterator[str]:
    first = next(iter(answer.results or answer.items), None)
    text = first.text if first is not None else None
    for name, wanted, seen in (
        ("value", expect.value, text),
        ("format", expect.format, first.format if first is not None else None),
        ("type", expect.type, first.type if first is not None else None),
    ):
        if wanted is not None and wanted != seen:
            yield f"{name} {_brief(seen)}, not {_brief(wanted)}"
    octets = None if text is None else len(text.encode())
    if expect.octets is not None and octets != expect.octets:
        yield f"a value of {octets} octets, not {expect.octets}"
    for words in expect.contains:
        if words not in (text or ""):
            yield f"value {_brief(text)}, which has no {words!r}"
    if expect.nodes is not None or (expect.absent and first is not None and "dmtnds" in first.type):
        yield from _nodes(expect, first)


def _results(expect: Expect, answer: Answer) -> Iterator[str]:
    seen = {value.uri: value.text for value in answer.results}
    for uri, wanted in (expect.results or {}).items():
        if uri not in seen:
            yield f"no result for {uri}; there are: {_brief(', '.join(seen)) if seen else 'none'}"
        elif wanted is not None and seen[uri] != wanted:
            yield f"value {_brief(seen[uri])} for {uri}, not {_brief(wanted)}"
    for uri in expect.absent:
        if uri in seen:
            yield f"a result for {uri}, which should not be there"


def _items(expect: Expect, answer: Answer) -> Iterator[str]:
    if expect.items is None:
        return
    seen = sorted(value.text or "" for value in answer.items)
    if seen != sorted(expect.items):
        yield f"items {seen}, not {sorted(expect.items)}"


def _nodes(expect: Expect, first: Value | None) -> Iterator[str]:
    try:
        tree = embedded.read(first.data if first is not None and first.data is not None else "", None)
    except CodecError as error:
        yield f"the result is no TNDS document: {error}"
        return
    seen = flatten(tree)
    for path, wanted in (expect.nodes or {}).items():
        if path not in seen:
            yield f"no node {path} in the TNDS document; there are: {_brief(', '.join(seen))}"
        elif wanted is not None and seen[path] != wanted:
            yield f"value {_brief(seen[path])} of {path}, not {_brief(wanted)}"
    for path in expect.absent:
        if path in seen:
            yield f"a node {path} in the TNDS document, which should not be there"


def _brief(text: str | None) -> str:
    return repr(text) if text is None or len(text) <= SHOWN else f"{text[:SHOWN]!r}… ({len(text)} characters)"
