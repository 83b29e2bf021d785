"""What the device's commands say: statuses, results, DevInfo, reports; large objects put together on the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from hil.server import events, replies
from hil.server.answer import Value
from hil.server.assembly import Assembly, Taken
from hil.server.ledger import Ledger
from hil.server.reading import code_of, is_about_header, plain
from hil.server.strict import name
from simulator.codes.alert import AlertCode
from simulator.codes.command import WITHOUT_CMD_ID
from simulator.codes.status import StatusCode
from simulator.syncml import message as dm

Note = Callable[[str, str, str], None]
"""A mistake of the device: text, clause, command."""

TOLD = (
    AlertCode.CLIENT_EVENT,
    AlertCode.NO_END_OF_DATA,
    AlertCode.GENERIC_ALERT,
    AlertCode.SESSIONLESS_REPORT,
)
"""Alerts that are kept for whoever asks."""

LARGE = "DM Protocol §7.3"


class Incoming:
    def __init__(
        self,
        record: events.SessionRecord,
        ledger: Ledger,
        max_object: int,
        tell: Callable[[events.ServerEvent], None],
        note: Note,
    ) -> None:
        self._record = record
        self._ledger = ledger
        self._assembly = Assembly(max_object)
        self._tell = tell
        self._note = note

    @property
    def unfinished(self) -> bool:
        """Whether a large object goes on in the device's next message."""
        return self._assembly.open is not None

    def hear(self, message: dm.SyncML, verdicts: replies.Verdicts) -> None:
        """Take everything of a message; statuses that are special go into ``verdicts``."""
        for place, command in enumerate(message.sync_body.commands):
            special = self._hear(command, verdicts)
            if special is not None and special != StatusCode.OK:
                verdicts.special[place] = special
        if message.sync_body.final and self.unfinished:
            self._interrupted(verdicts, "the package ends with MoreData")

    def _hear(self, command: dm.Command, verdicts: replies.Verdicts) -> StatusCode | None:
        if not command.cmd_id.strip() and not isinstance(command, dm.Status | dm.Results):
            self._new_command(verdicts)
            return WITHOUT_CMD_ID
        match command:
            case dm.Status():
                if not is_about_header(command) and not self._ledger.status(command):
                    ref = f"command {command.cmd_ref} of message {command.msg_ref}"
                    self._note(f"a Status for {ref}, which is not open", "DM Protocol §8", name(command))
            case dm.Results():
                self._results(command, verdicts)
            case dm.Alert():
                return self._alert(command, verdicts)
            case dm.Replace():
                return self._replace(command, verdicts)
            case _:
                self._new_command(verdicts)
        return None

    def _results(self, command: dm.Results, verdicts: replies.Verdicts) -> None:
        whole, wrong = [], ""
        for item in command.items:
            taken = self._item(f"Results {command.msg_ref} {command.cmd_ref}", item, command, verdicts)
            if taken.item is not None:
                whole.append(taken.item)
            elif taken.status not in (StatusCode.CHUNKED_ITEM_ACCEPTED, StatusCode.OK):
                wrong = taken.wrong
        if not self._ledger.results(command, whole, wrong):
            text = f"a Results for command {command.cmd_ref}, which is not open"
            self._note(text, "DM Protocol §8", name(command))

    def _alert(self, command: dm.Alert, verdicts: replies.Verdicts) -> StatusCode | None:
        code = code_of(command.data)
        if code not in TOLD:
            # 1222 asks for the rest of our package; it is no command between two chunks.
            if code != AlertCode.NEXT_MESSAGE:
                self._new_command(verdicts)
            return None
        # The least that a report has is an Item (DM Protocol §6.7).
        whole, worst = [], StatusCode.OK if command.items else StatusCode.INCOMPLETE_COMMAND
        for item in command.items:
            taken = self._item(f"Alert {code}", item, command, verdicts)
            worst = max(worst, taken.status)
            if taken.item is not None:
                whole.append(taken.item)
        if (whole or not command.items) and len(self._record.alerts) < events.MAX_KEPT:
            alert = events.DeviceAlert(code, command.correlator, [Value.of(item) for item in whole])
            self._record.alerts.append(alert)
            self._tell(events.Alerted(self._record, alert))
        return worst

    def _replace(self, command: dm.Replace, verdicts: replies.Verdicts) -> StatusCode | None:
        worst = StatusCode.OK
        for item in command.items:
            taken = self._item("Replace", item, command, verdicts)
            worst = max(worst, taken.status)
            uri = item.source or item.target
            value = plain(taken.item.data) if taken.item is not None else None
            if uri is not None and value is not None and len(self._record.dev_info) < events.MAX_KEPT:
                self._record.dev_info[uri.loc_uri] = value
        return worst

    # Large objects.

    def _item(self, whose: str, item: dm.Item, command: dm.Command, verdicts: replies.Verdicts) -> Taken:
        if self.unfinished and not self._assembly.is_next(whose, item):
            self._interrupted(verdicts, f"{name(command)} comes before its end")
        taken = self._assembly.take(whose, item)
        if taken.wrong:
            self._note(taken.wrong, LARGE, name(command))
        return taken

    def _new_command(self, verdicts: replies.Verdicts) -> None:
        if self.unfinished:
            self._interrupted(verdicts, "another command comes before its end")

    def _interrupted(self, verdicts: replies.Verdicts, why: str) -> None:
        first = self._assembly.give_up()
        if first is not None:
            verdicts.extra.append(replies.interrupted(dataclasses.replace(first, data=None)))
            self._note(f"a large object does not end: {why}", LARGE, "")
