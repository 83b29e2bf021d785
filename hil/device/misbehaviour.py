"""Devices that do something wrong: one named fault each, for a rig's simulated device.

    device: {kind: simulated, misbehaves: keeps-accounts}

A fault takes the place of one of the device's collaborators, with one of its methods done badly: the core, its way
to the network, its dealings with the card. None of these knows of it; what it only says wrong is `hil.slips`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from hil.device.card import CardHabits, CardUse
from hil.device.network import Network
from hil.http.account import Logins
from hil.http.settings import HttpSettings
from simulator.bootstrap.pin import PinRequest
from simulator.codes.alert import AlertCode
from simulator.device import Device, DeviceEvent, PushIgnored, SessionDue
from simulator.device.occasional import Occasional
from simulator.device.origins import Entry
from simulator.errors import SessionError
from simulator.http.login import BASIC
from simulator.objects import dmacc
from simulator.objects.dmacc import Account
from simulator.security.nonce import Random
from simulator.session.client import ClientSession
from simulator.session.events import Outcome


class WakesForAnything(Device):
    """Whatever push it does not understand, or must not trust, it opens a session for."""

    __slots__ = ()

    def receive_push(
        self, content_type: str, application_id: str | int | None, body: bytes, now: datetime
    ) -> list[DeviceEvent]:
        events = super().receive_push(content_type, application_id, body, now)
        known = dmacc.accounts(self.tree)
        if known and any(isinstance(event, PushIgnored) for event in events):
            return self._tell([SessionDue(known[0].server_id, AlertCode.SERVER_INITIATED_MGMT, "FFFF")])
        return events


class Deaf(Device):
    """No push reaches it."""

    __slots__ = ()

    def receive_push(
        self, content_type: str, application_id: str | int | None, body: bytes, now: datetime
    ) -> list[DeviceEvent]:
        return [PushIgnored("nobody listens")]


class DeafAfterOne(Device):
    """A push that it passes over is the last one that it hears of."""

    __slots__ = ()
    hangs: Occasional[bool] = Occasional(bool)

    def receive_push(
        self, content_type: str, application_id: str | int | None, body: bytes, now: datetime
    ) -> list[DeviceEvent]:
        if self.hangs:
            return []
        events = super().receive_push(content_type, application_id, body, now)
        self.hangs = any(isinstance(event, PushIgnored) for event in events)
        return events


class ForgetsNotifications(Device):
    """The same notification again is another one to it."""

    __slots__ = ()

    def receive_push(
        self, content_type: str, application_id: str | int | None, body: bytes, now: datetime
    ) -> list[DeviceEvent]:
        self.memory.due.clear()
        self.memory.fingerprints.clear()
        return super().receive_push(content_type, application_id, body, now)


class KnowsNoDefaultNonce(Device):
    """Whoever has lost a nonce cannot reach it any more."""

    __slots__ = ()

    def receive_push(
        self, content_type: str, application_id: str | int | None, body: bytes, now: datetime
    ) -> list[DeviceEvent]:
        self._resync = False
        return super().receive_push(content_type, application_id, body, now)


class TakesAnyBootstrap(Device):
    """Nobody has to prove who a bootstrap is from."""

    __slots__ = ()

    def _bootstrap_pushed(
        self, content_type: str, application_id: str | int | None, body: bytes, now: datetime
    ) -> list[DeviceEvent]:
        return self.bootstrap(body, origin="push:anybody", now=now)

    def fetched(
        self,
        url: str,
        status: int,
        content_type: str | None,
        body: bytes,
        now: datetime,
        *,
        origin: str | None = None,
    ) -> list[DeviceEvent]:
        return self.bootstrap(body, origin=origin or "server:anybody", now=now)


class NeverCalls(Device):
    """A bootstrap brings an account, and no session."""

    __slots__ = ()

    def bootstrap(self, message: bytes, *, origin: str, now: datetime) -> list[DeviceEvent]:
        events = super().bootstrap(message, origin=origin, now=now)
        self.due.clear()
        return [event for event in events if not isinstance(event, SessionDue)]


class KeepsAccounts(Device):
    """The accounts of a card that is gone stay."""

    __slots__ = ()

    def _remove(self, entries: Sequence[Entry], now: datetime) -> list[DeviceEvent]:
        return []


class StartsAfresh(Device):
    """Each time that it is switched on, it takes what is on its card for new."""

    __slots__ = ()

    def _stands(self, origin: str, fingerprint: bytes) -> bool:
        return False


class ForgetsAccounts(Device):
    """When it is switched off, its accounts are gone."""

    __slots__ = ()

    def power_off(self) -> None:
        super().power_off()
        for account in dmacc.accounts(self.tree):
            self.tree.delete(account.uri)


class SkipsLengths(Device):
    """It reads a bootstrap message that has its length in front as well, as LwM2M has it."""

    __slots__ = ()

    def power_on(
        self, origin: str | None, messages: Sequence[bytes], now: datetime, **said: bool
    ) -> list[DeviceEvent]:
        bare = [each[2:] if 2 < int.from_bytes(each[:2]) <= len(each) - 2 else each for each in messages]
        return super().power_on(origin, bare, now, **said)


class TakesUnreadForGone(Device):
    """What it cannot read on its card is not there, it thinks."""

    __slots__ = ()

    def power_on(
        self, origin: str | None, messages: Sequence[bytes], now: datetime, **said: bool
    ) -> list[DeviceEvent]:
        return super().power_on(origin, messages, now, **{**said, "whole": True})


class BelievesAnyServer(Device):
    """It carries out what a server says without having seen its credentials."""

    __slots__ = ()

    def open_session(
        self, server_id: str, *, alert: AlertCode, session_id: str | None = None, now: datetime
    ) -> ClientSession:
        session = super().open_session(server_id, alert=alert, session_id=session_id, now=now)
        session.mutual.server.credential = None
        return session


class GivesUp(Device):
    """After a session that did not go well it opens none any more."""

    __slots__ = ()
    failed: Occasional[bool] = Occasional(bool)

    def open_session(
        self, server_id: str, *, alert: AlertCode, session_id: str | None = None, now: datetime
    ) -> ClientSession:
        if self.failed:
            raise SessionError("the device has given up")
        return super().open_session(server_id, alert=alert, session_id=session_id, now=now)

    def _over(self, session: ClientSession) -> None:
        super()._over(session)
        ending = session._ending
        self.failed = ending is not None and ending.outcome is not Outcome.COMPLETED


class UsesAnyCard(CardUse):
    """Neither a lock nor anybody's wish keeps it from using a card."""

    def change(self, habits: CardHabits) -> None:
        super().change(habits.model_copy(update={"lock_imsi": (), "lock_iccid": (), "bootstrap": True}))


class TriesPinsAgain(CardUse):
    """A PIN that was wrong is tried at every power-on."""

    def _enter(self, request: PinRequest, tell: Callable[[str], None]) -> str | None:
        self._spent.clear()
        return super()._enter(request, tell)


class TrustsAnyServer(Network):
    """It does not look at certificates."""

    def change(self, settings: HttpSettings) -> None:
        super().change(settings.model_copy(update={"tls": settings.tls.model_copy(update={"verify": False})}))


class PlainPassword(Network):
    """Its password of HTTP goes in plain to whoever asks for it like that."""

    def logins(self, account: Account | None, home: str, random: Random) -> Logins:
        if account is not None and account.http is not None:
            account = replace(account, http=replace(account.http, type=BASIC))
        return super().logins(account, home, random)


MISBEHAVIOURS: dict[str, type[Device] | type[CardUse] | type[Network]] = {
    "wakes-for-anything": WakesForAnything,
    "deaf": Deaf,
    "deaf-after-one": DeafAfterOne,
    "forgets-notifications": ForgetsNotifications,
    "knows-no-default-nonce": KnowsNoDefaultNonce,
    "takes-any-bootstrap": TakesAnyBootstrap,
    "never-calls": NeverCalls,
    "keeps-accounts": KeepsAccounts,
    "forgets-accounts": ForgetsAccounts,
    "starts-afresh": StartsAfresh,
    "skips-lengths": SkipsLengths,
    "takes-unread-for-gone": TakesUnreadForGone,
    "believes-any-server": BelievesAnyServer,
    "gives-up": GivesUp,
    "uses-any-card": UsesAnyCard,
    "tries-pins-again": TriesPinsAgain,
    "trusts-any-server": TrustsAnyServer,
    "plain-password": PlainPassword,
}
"""By the name that a rig file has for it."""

Part = TypeVar("Part")


def misbehaving(name: str | None, usual: type[Part]) -> type[Part]:
    """The class in place of ``usual``: the fault's, if it is one of that; else ``usual`` itself."""
    wrong = MISBEHAVIOURS.get(name or "")
    return wrong if wrong is not None and issubclass(wrong, usual) else usual
