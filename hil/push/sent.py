"""Push parts over the senders of `hil.push.senders`: what ``dmrig push send`` can do, a rig can.

They reach a real device through somebody else's network; nobody can tell when that is quiet, so time is real.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import cast

from hil.bench import Bench
from hil.errors import PartBroke
from hil.locks import Locks
from hil.modem import identify
from hil.modem.ports import find
from hil.part import PartSettings, part_kind
from hil.push.contract import Meta
from hil.push.describe import describe
from hil.push.part import PushPart
from hil.push.senders import modem, pap, smpp
from hil.push.senders.table import Breakable, Sender

Handed = tuple[bytes, Meta]


class SenderPush(PushPart[Handed]):
    """Hands each push to a sender, whole: what becomes of its pieces is the network's business."""

    jumps = False

    def __init__(self, settings: PartSettings, bench: Bench) -> None:
        super().__init__(settings, bench)
        self._sender: Sender | None = None

    @abstractmethod
    def _open(self) -> Sender:
        """Raises `UsageError` for an address that is none, `PartError` when the way is not there."""

    def start(self) -> None:
        self.bench.recorder.masker.add(self._to().lstrip("+"))
        self._sender = self._open()

    def stop(self) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            sender.close()

    def identity(self) -> dict[str, str]:
        return {"to": self._to()}

    def _to(self) -> str:
        to: str = getattr(self.settings, "to")  # noqa: B009 - each kind's settings have it
        return to

    def _pieces(self, push: bytes, meta: Meta) -> list[Handed]:
        return [(push, meta)]

    def _tell(self, push: bytes, meta: Meta, pieces: list[Handed]) -> None:
        text, fields = describe(push)
        times = {0: ", lost on the way", 1: ""}.get(len(pieces), f", {len(pieces)} times")
        self.bench.recorder.record(
            "push", "push", "in", f"{text} by {self.kind}{times}", push,
            **fields, bearer=self.kind, arrangement=meta.arrangement,
        )  # fmt: skip

    def _carry(self, piece: Handed) -> None:
        assert self._sender is not None, "start"
        sent = self._sender.send(*piece)
        if not sent.accepted:
            # Not the device refuses it, as any may, but what the rig has in order to reach it.
            raise PartBroke(f"the push was not taken: {sent.text}")
        self.bench.recorder.note(f"taken: {sent.text}", part="push", **sent.details)

    def break_off(self, push: bytes, meta: Meta) -> None:
        if not isinstance(self._sender, Breakable):
            super().break_off(push, meta)
            return
        self._sender.break_off(push, meta)
        self.bench.recorder.note("the connection was reset in the midst of the push", part="push")


class PapPushSettings(pap.Settings, PartSettings):
    to: str
    """A number, an IP address, or a client address as PAP writes it."""


@part_kind("push", "pap")
class PapPush(SenderPush):
    """A push gateway sends them."""

    Settings = PapPushSettings
    settings: PapPushSettings

    def _open(self) -> Sender:
        bench, settings = self.bench, self.settings
        bench.recorder.masker.add(settings.password)
        return pap.PapSender(
            settings.to,
            settings,
            recorder=bench.recorder,
            random=bench.random_for("push"),
            now=bench.now,
            limits=bench.limits,
        )


class ModemPushSettings(modem.Settings, PartSettings):
    to: str
    """The device's number."""


@part_kind("push", "modem")
class ModemPush(SenderPush):
    """A modem of the rig's own sends them, another than the device's."""

    Settings = ModemPushSettings
    capabilities = SenderPush.capabilities | {"push.port"}
    settings: ModemPushSettings

    @classmethod
    def holds(cls, settings: PartSettings) -> tuple[str, ...]:
        return (f"port {cast('ModemPushSettings', settings).modem}",)

    def claim(self, locks: Locks) -> None:
        locks.take(identify.thing(find(self.settings.modem)))

    def _open(self) -> Sender:
        settings = self.settings
        if settings.pin:
            self.bench.recorder.masker.add(settings.pin)
        return modem.opened(f"sms:{settings.to}", settings, self.bench.limits)


class SmppPushSettings(smpp.Settings, PartSettings):
    to: str
    """The device's number."""


@part_kind("push", "smpp")
class SmppPush(SenderPush):
    """A service centre sends them."""

    Settings = SmppPushSettings
    capabilities = SenderPush.capabilities | {"push.port"}
    settings: SmppPushSettings

    def _open(self) -> Sender:
        self.bench.recorder.masker.add(self.settings.password)
        return smpp.opened(f"smpp:{self.settings.to}", self.settings, self.bench.limits)
