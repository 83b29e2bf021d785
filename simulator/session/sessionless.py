"""Sessionless reporting: one message that tells something and opens no session (DM Sessionless Reporting §5.1).

    events = report.start(now)                                          # a Send
    events = report.receive(status, content_type, body, now, headers)   # an Ended; or report.fail(reason, now)

It is driven like a `ClientSession`. The server need not answer with a DM message: the transport's answer may be
empty. Credentials are made with the last nonce that is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from simulator.codes.alert import AlertCode
from simulator.codes.status import StatusCode, meaning
from simulator.errors import CodecError, EncodeError, SessionError
from simulator.objects import dmacc
from simulator.security import mac
from simulator.session import binding, reading
from simulator.session.alerts import AlertItem
from simulator.session.authentication import ClientProof, usable
from simulator.session.events import Ended, Event, Noted, Outcome, Received, Send
from simulator.session.peer import first_version
from simulator.session.settings import SessionSettings
from simulator.session.transitions import State
from simulator.syncml.encoding import decode, encode
from simulator.syncml.message import Alert, Source, SyncBody, SyncHdr, SyncML, Target
from simulator.tree import Tree


class SessionlessReport:
    """One report to the server of ``account``; made by ``Device.report``."""

    def __init__(
        self,
        tree: Tree,
        account: dmacc.Account,
        items: Sequence[AlertItem],
        *,
        session_id: str,
        settings: SessionSettings | None = None,
    ) -> None:
        if not items:
            raise SessionError("a report without an Item says nothing")
        self.tree = tree
        self.server_id = account.server_id
        self.session_id = session_id
        self.alert = AlertCode.SESSIONLESS_REPORT
        self.state = State.IDLE
        self.settings = settings or SessionSettings()
        self.url = binding.address(account.addr, account.addr_type, account.port)
        self._account = account
        self._items = tuple(items)
        self._proof = ClientProof(usable(account.client, dmacc.CLIENT))

    def start(self, now: datetime) -> list[Event]:
        """Send the report."""
        self._require(State.IDLE)
        self.tree.now = now
        try:
            send = self._send()
        except EncodeError as error:
            return self._end(Outcome.FAILED, f"the report has no encoding: {error}")
        self.state = State.SETUP
        return [send]

    def receive(
        self,
        status: int,
        content_type: str | None,
        body: bytes,
        now: datetime,
        headers: Mapping[str, str] | None = None,
    ) -> list[Event]:
        """Take the transport's answer: any success will do, with a DM message in it or without."""
        self._require(State.SETUP)
        if status // 100 != 2:
            return self._end(Outcome.FAILED, f"the server answered the report with HTTP {status}")
        if not body:
            return self._end(Outcome.COMPLETED)
        try:
            message, _ = decode(body, content_type)
        except CodecError as error:
            note = Noted(f"what answers the report is no DM message: {error}", "DM Sessionless Reporting §5.1")
            return [note, *self._end(Outcome.COMPLETED)]
        return [Received(message), *self._answered(message)]

    def fail(self, reason: str, now: datetime) -> list[Event]:
        """The report got no answer. It may have arrived all the same."""
        return [] if self.state is State.ENDED else self._end(Outcome.FAILED, reason)

    def abort(self, reason: str) -> list[Event]:
        """A report that is under way cannot be called back."""
        return [] if self.state is not State.IDLE else self._end(Outcome.ABORTED_BY_CLIENT, reason)

    def _require(self, state: State) -> None:
        if self.state is not state:
            raise SessionError(f"a report that is {self.state} is not {state}")

    def _end(self, outcome: Outcome, reason: str = "") -> list[Event]:
        self.state = State.ENDED
        return [Ended(outcome, reason)]

    def _answered(self, message: SyncML) -> list[Event]:
        code = reading.read(message, self.settings).header_code or StatusCode.OK
        if code in reading.CREDENTIAL_CODES:
            return self._end(Outcome.CLIENT_REFUSED, f"the server answered the report with {code}")
        if code >= StatusCode.MULTIPLE_CHOICES:
            return self._end(Outcome.REJECTED, f"the server answered the report with {code} ({meaning(code)})")
        return self._end(Outcome.COMPLETED)

    def _send(self) -> Send:
        """Nothing but Alerts 1230, each with one Item whose Data is in a CDATA section where that exists."""
        encoding, version = self.settings.encoding, first_version(self.tree, self._account, self.settings)
        code = str(int(self.alert))
        alerts = [
            Alert(str(number), data=code, items=[item.item(encoding, cdata=True)])
            for number, item in enumerate(self._items, start=1)
        ]
        cred = self._proof.cred()
        header = SyncHdr(
            self.settings.ver_dtd,
            version,
            self.session_id,
            "1",
            Target(self._account.addr),
            Source(str(self.tree.value("./DevInfo/DevId") or ""), self._proof.loc_name),
            cred=cred,
        )
        message = SyncML(header, SyncBody([*alerts], final=True))
        body = encode(message, encoding)
        headers = binding.headers(
            encoding, user_agent=self.settings.user_agent, cache_control=self.settings.cache_control
        )
        signature = self._proof.sign(body, mac.integrity_for(version, self.settings.integrity))
        if signature is not None:
            headers[mac.HEADER] = signature
        return Send(self.url, headers, body, message)
