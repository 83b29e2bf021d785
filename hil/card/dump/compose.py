"""What was found on a card, as a card image: the document of its YAML file.

The card that is made of the image is held against the real one: where it would tell something else of a file than
the card did, the image gets what the card told, word for word.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from hil.card.dump.found import FoundCard, FoundFile, FoundPin, referred
from hil.card.dump.walk import AID_OCTETS
from hil.card.explicit import MAX_RECORD, MAX_RECORDS
from hil.card.image import CardImage
from hil.card.imagetext import NOTE, Node, plain
from hil.card.uicc.build import build
from hil.card.uicc.card import Uicc
from hil.card.uicc.fcp import fcp, sim_header
from hil.card.uicc.files import Df, Ef, LifeCycle
from hil.card.uicc.rules import MODES, USUAL, Rules, needs
from hil.yamlwords import sentence
from simulator.bootstrap.access import MAX_FILE
from simulator.errors import CardError

_NAMES = dict(zip(("read", "update", "deactivate", "activate"), MODES, strict=True))

MOST_TOLD = 255
"""Octets of a description that an image can give word for word."""

USUAL_TRIES, USUAL_PUK_TRIES = 3, 10


def compose(found: FoundCard, about: str) -> Node:
    """The document of the card's image."""
    layout = {name: value for name, value in _habits(found).items() if value != _usual(name)}
    pins = [_pin(each) for each in found.pins]
    mf = _access(found.mf, [found.mf])
    document: Node = {"about": about, "atr": found.atr.hex().upper()}
    document |= {"layout": layout} if layout else {}
    document |= {"pins": pins} if pins else {}
    document |= {"mf": mf} if _said(mf) else {}
    document["applications"] = [_application(each, found) for each in found.applications]
    document["files"] = [_file(each, [found.mf]) for each in found.mf.files]
    _hold_against(document, found)
    return {name: value for name, value in document.items() if value != []}


def image_of(document: Node) -> CardImage:
    """Raises `CardError` when a card tells what no image can say."""
    try:
        return CardImage.model_validate(plain(document))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise CardError(f"what the card tells makes no image: {place}, {sentence(first)}") from error


def _habits(found: FoundCard) -> dict[str, object]:
    habits = found.habits
    return {
        "mode": habits.mode,
        "answers": habits.answers,
        "over_read": habits.over_read,
        "sizes": habits.sizes,
        "channels": habits.channels,
    }


def _usual(name: str) -> object:
    return CardImage().layout.model_dump()[name]


def _pin(found: FoundPin) -> Node:
    tries = max(USUAL_TRIES, found.left or 0)
    puk_tries = max(USUAL_PUK_TRIES, found.puk_left or 0)
    node: Node = {"key": f"{found.key:02X}"}
    if found.value is not None:
        node["value"] = found.value
    if not found.enabled:
        node["enabled"] = False
    if tries != USUAL_TRIES:
        node["tries"] = tries
    if found.left not in (None, tries):
        node["left"] = found.left
    if puk_tries != USUAL_PUK_TRIES:
        node["puk_tries"] = puk_tries
    if found.puk_left not in (None, puk_tries):
        node["puk_left"] = found.puk_left
    if found.left is None:
        node[NOTE] = "the card does not tell how many tries are left"
    return node


def _application(found: FoundFile, card: FoundCard) -> Node:
    aid = found.description.aid
    # A label with a variable in it would be taken for one.
    label = card.labels.get(aid, found.name).replace("${", "$ {")
    node: Node = {"aid": aid.hex().upper(), "label": label}
    if aid not in card.labels:
        node["listed"] = False
    node |= _access(found, [card.mf, found])
    node["files"] = [_file(each, [card.mf, found]) for each in found.files]
    return node


def _file(found: FoundFile, above: list[FoundFile]) -> Node:
    description = found.description
    node: Node = {"fid": f"{found.fid or 0:04X}"}
    if found.name:
        node["name"] = found.name
    if description.kind != "transparent":
        node["kind"] = description.kind
    if description.kind == "directory":
        if AID_OCTETS[0] <= len(description.aid) <= AID_OCTETS[1]:
            node["aid"] = description.aid.hex().upper()
        node |= _access(found, [*above, found])
        node["files"] = [_file(each, [*above, found]) for each in found.files]
        return node
    if description.sfi is not None:
        node["sfi"] = description.sfi
    node |= _contents(found)
    node |= _access(found, above)
    notes = [node.pop(NOTE)] if NOTE in node else []
    if found.trouble:
        node["unread"] = True
        notes.append(found.trouble)
    return node | ({NOTE: "; ".join(notes)} if notes else {})


def _contents(found: FoundFile) -> Node:
    description = found.description
    if description.kind == "transparent":
        content = found.content[:MAX_FILE]
        shown = content.rstrip(b"\xff")
        size = min(found.size, MAX_FILE)
        return ({"hex": shown.hex().upper()} if shown else {}) | ({"size": size} if size != len(shown) else {})
    size = min(description.record_size, MAX_RECORD) or 1
    count = min(max(description.records, 1), MAX_RECORDS)
    records = [(each or b"")[:size].rstrip(b"\xff").hex().upper() for each in found.records[:count]]
    while records and not records[-1]:
        records.pop()
    node: Node = {"record_size": size, "record_count": count}
    return node | ({"records": records} if records else {})


def _access(found: FoundFile, above: list[FoundFile]) -> Node:
    """Life cycle and rules; the last of ``above`` is the directory in which an EF(ARR) is looked for first."""
    description = found.description
    node: Node = {}
    if description.life_cycle is not LifeCycle.ACTIVATED:
        node["state"] = description.life_cycle.name.lower()
    rules = description.rules
    if description.reference is not None:
        node["arr"] = {"file": f"{description.reference.fid:04X}", "record": description.reference.record}
        rules = referred(description.reference, above)
        if rules is not None:
            return node | ({NOTE: f"read {rules.read}, update {rules.update}"} if rules != USUAL else {})
    else:
        node["attributes"] = description.attributes if rules is not None else "expanded"
    if rules is None:
        node[NOTE] = "its access rules are not known; what they say here is guessed"
        rules = _guess(found)
    for name, mode in _NAMES.items():
        if rules.of(mode) != USUAL.of(mode):
            node[name] = str(rules.of(mode))
    if description.reference is not None and not node.keys() & _NAMES.keys():
        # A word has to stand there, or the reference would be followed.
        node["read"] = str(rules.read)
    return node


def _said(node: Node) -> bool:
    return node != {"attributes": "expanded"}


def _guess(found: FoundFile) -> Rules:
    """Readable when it was read; else by nobody who is known."""
    if found.description.kind == "directory" or not found.trouble:
        return USUAL
    return Rules(read=needs(0x0A))


def _hold_against(document: Node, found: FoundCard) -> None:
    """Give files the description that the real card gave, where the image's card gives another."""
    card = build(image_of(document))
    sim = found.habits.mode == "sim"
    for node, seen, made in _pairs(document, found, card):
        raw = seen.description.raw
        header = raw if sim else seen.header
        template = b"" if sim else b"\x62" + raw[1:]
        if template and len(template) <= MOST_TOLD and template != fcp(made, card.pins):
            node["fcp"] = template.hex().upper()
        if header and len(header) <= MOST_TOLD and header != sim_header(made, card.pins):
            node["header"] = header.hex().upper()


def _pairs(document: Node, found: FoundCard, card: Uicc) -> Iterator[tuple[Node, FoundFile, Df | Ef]]:
    """Each file in the document, as it was found, and as it was made."""
    yield document.setdefault("mf", {}), found.mf, card.mf
    for node, application, made in zip(
        document["applications"], found.applications, card.mf.applications, strict=True
    ):
        yield node, application, made
        yield from _below(node["files"], application.files, made)
    yield from _below(document["files"], found.mf.files, card.mf)


def _below(nodes: list[Node], files: list[FoundFile], home: Df) -> Iterator[tuple[Node, FoundFile, Df | Ef]]:
    for node, file in zip(nodes, files, strict=True):
        made = home.files[file.fid or 0]
        yield node, file, made
        if isinstance(made, Df):
            yield from _below(node["files"], file.files, made)
