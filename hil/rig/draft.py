"""A rig file for what was found: the parts that a run can use, and the others as comments."""

from __future__ import annotations

import json

from hil.rig.survey import FoundModem, FoundReader, Survey
from hil.trace.row import one_line
from hil.trace.structure import last_digits

KEEP = (
    "A card is chosen by its ICCID and a modem by its IMEI, so these numbers stand here in full. The file can be",
    "read by its owner alone (mode 0600); think before you put it into a repository.",
)


def draft(found: Survey, day: str) -> str:
    """The file's text. ``day``: when it is written."""
    card, modem = _card(found), found.modems[0] if found.modems else None
    real = bool(found.readers or found.modems)
    lines = [f"# Written by dmrig rig init on {day}; dmrig rig show tells whether it is there now."]
    lines += [f"# {line}" for line in KEEP] if _identities(found) else []
    lines += [] if real else ["# Nothing was plugged in, as far as dmrig can see: this is the virtual rig."]
    lines += [f"# {one_line(each)}" for each in found.lacking]
    lines += ["about: >", f"  {_about(found)}", ""]
    lines += ["server: builtin", '# server: {kind: url, url: "https://dm.example.com/dm"}', ""]
    lines += [*card, *_other_cards(found), ""]
    lines += [*_modem(modem), *_other_modems(found), ""]
    lines += [*_push(found), ""]
    lines += ["# A person at the terminal does what no machine can: insert and remove cards, unplug the modem."]
    lines += ["operator: ask" if real else "# operator: ask"]
    return "\n".join(lines) + "\n"


def _identities(found: Survey) -> bool:
    return any(reader.iccid for reader in found.readers) or any(modem.imei for modem in found.modems)


def _about(found: Survey) -> str:
    cards = sum(reader.present for reader in found.readers)
    seen = [
        _count(len(found.readers), "reader"), _count(cards, "card"), _count(len(found.modems), "modem"),
    ]  # fmt: skip
    return f"What was plugged in: {', '.join(seen)}."


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _text(value: str) -> str:
    """A YAML string: JSON's are."""
    return json.dumps(value, ensure_ascii=False)


def _first_card(found: Survey) -> FoundReader | None:
    return next((reader for reader in found.readers if reader.iccid), None)


def _card(found: Survey) -> list[str]:
    reader = _first_card(found)
    if reader is not None:
        return ["card:", "  kind: pcsc", f"  iccid: {_text(reader.iccid or '')}  # {_of_reader(reader)}"]
    if found.modems and found.modems[0].ways:
        return [f"card: {{kind: modem, by: {found.modems[0].ways[0]}}}  # the SIM in the modem"]
    if found.readers:
        empty = next((reader for reader in found.readers if not reader.present), found.readers[0])
        return ["card:", "  kind: pcsc", f"  reader: {_text(empty.name)}  # {_of_reader(empty)}"]
    return ["card: virtual"]


def _of_reader(reader: FoundReader) -> str:
    if reader.trouble:
        return one_line(f"in {reader.name} is a card that could not be read: {reader.trouble}")
    if not reader.present:
        return one_line(f"no card is in {reader.name}")
    brings = _count(reader.messages, "bootstrap message")
    return one_line(f"in {reader.name}, with {brings}; in whichever reader it is")


def _other_cards(found: Survey) -> list[str]:
    chosen, lines = _card(found), []
    for reader in found.readers:
        said = f"iccid: {_text(reader.iccid)}" if reader.iccid else f"reader: {_text(reader.name)}"
        if not any(said in line for line in chosen):
            lines.append(f"# card: {{kind: pcsc, {said}}}  # {_of_reader(reader)}")
    for modem in found.modems[:1]:
        lines += [
            f"# card: {{kind: modem, by: {way}}}  # the SIM in the modem{_ending(modem)}"
            for way in modem.ways
            if not any(f"by: {way}" in line for line in chosen)
        ]
    return lines + ([] if chosen == ["card: virtual"] else ["# card: virtual"])


def _ending(modem: FoundModem) -> str:
    return f" (ICCID {last_digits(modem.iccid)})" if modem.iccid else ""


def _where(modem: FoundModem) -> list[str]:
    """How the file names it: what stays when it is plugged in again, first."""
    port = modem.port
    interface = "" if port.interface is None else f":{port.interface}"
    place = f'usb: "{port.usb}{interface}"' if port.usb else f"port: {_text(port.device)}"
    return [place, *([f'imei: "{modem.imei}"'] if modem.imei.isdecimal() and 14 <= len(modem.imei) <= 16 else [])]


def _modem(modem: FoundModem | None) -> list[str]:
    if modem is None:
        return ["modem: virtual"]
    lines = [f"# {_told(modem)}", "modem:", "  kind: serial", *(f"  {said}" for said in _where(modem))]
    if modem.about.sim == "SIM PIN":
        lines.append('  # pin: "0000"  # its SIM asks for one')
    return lines


def _told(modem: FoundModem) -> str:
    quirks = f", quirks of {modem.about.family}" if modem.about.family else ""
    sim = modem.about.sim or "it tells nothing of it"
    ways = f"its SIM is read by {', '.join(modem.ways)}" if modem.ways else f"its SIM is not read ({sim})"
    return one_line(f"{modem.name} on {modem.port.name}{quirks}; {ways}")


def _other_modems(found: Survey) -> list[str]:
    lines = []
    for modem in found.modems[1:]:
        lines.append(f"# modem: {{kind: serial, {', '.join(_where(modem))}}}  # {_told(modem)}")
    lines += [f"# no modem: {one_line(f'{port.name}: {why}')}" for port, why in found.silent]
    return lines + (["# modem: virtual"] if found.modems else [])


def _push(found: Survey) -> list[str]:
    if not found.modems:
        return ["push: sms", "device: simulated"]
    sender = found.modems[1] if len(found.modems) > 1 else None
    port = _text(sender.port.device if sender is not None else "/dev/ttyUSB7")
    who = f"{one_line(sender.name)} sends" if sender is not None else "a second modem sends"
    return [
        "# Pushes reach the device on this machine, by UDP. By SMS they need somebody who sends them:",
        f'# push: {{kind: modem, modem: {port}, to: "+..."}}  # {who} to the number of the modem\'s SIM',
        "push: udp",
        "device: {kind: simulated, listen: {udp: yes}}",
    ]
