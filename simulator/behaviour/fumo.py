"""Firmware update, the worked example of an object that does something (OMA FUMO 1.0 §5 to §7).

Exec of Download, Update or DownloadAndUpdate is answered with 202; a simulated download and update take their
time, State tells how far they are, and a Generic Alert from the object's root reports the end, with the Exec's
Correlator. What can be downloaded, how long it takes and how it fails is said by the device model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import Literal
from urllib.parse import urlsplit

from simulator.behaviour.objects import ManagedObject
from simulator.codes.status import StatusCode
from simulator.device import Device, DeviceEvent, Happened
from simulator.objects import devdetail, fumo
from simulator.objects.fumo import State
from simulator.session.alerts import AlertItem, Job
from simulator.session.commands.context import PENDING, ExecRequest
from simulator.tree import Tree
from simulator.tree.node import Value


@dataclass(frozen=True, slots=True)
class Package:
    """A firmware package at a URL, and what becomes of it."""

    name: str = "firmware"
    version: str = ""
    """FwV after the update; empty: it stays."""
    size: int = 1_000_000
    """Octets."""
    download: timedelta = timedelta(minutes=1)
    """How long the download takes."""
    update: timedelta = timedelta(minutes=2)
    """How long the update takes."""
    fails: Literal["no", "download", "update"] = "no"
    """What fails."""
    result: int = 0
    """The result code of the failure; 0: 503 for a download, 410 for an update."""


@dataclass(frozen=True, slots=True)
class FumoSettings:
    packages: Mapping[str, Package] = field(default_factory=dict)
    """By URL. Empty: there is an ordinary one at every URL."""
    memory: int = 0
    """Octets of the longest package that the device can keep; 0: any."""
    keeps_package: bool = False
    """The package is still there after an update."""
    pause: timedelta = timedelta()
    """Between download and update, when both are done by one Exec."""


class Stage(Enum):
    DOWNLOAD = "download"
    UPDATE = "update"


RUNNING = {Stage.DOWNLOAD: State.DOWNLOADING, Stage.UPDATE: State.UPDATING}
STAGES = {
    "Download": (Stage.DOWNLOAD,),
    "Update": (Stage.UPDATE,),
    "DownloadAndUpdate": (Stage.DOWNLOAD, Stage.UPDATE),
}
"""What Exec of each node does."""
USUAL_FAILURE = {Stage.DOWNLOAD: 503, Stage.UPDATE: 410}
ENDED = {
    # (stage, did it succeed, is the package kept): the state it ends in
    (Stage.DOWNLOAD, True, True): State.DOWNLOADED,
    (Stage.DOWNLOAD, True, False): State.DOWNLOADED,
    (Stage.DOWNLOAD, False, True): State.DOWNLOAD_FAILED,
    (Stage.DOWNLOAD, False, False): State.DOWNLOAD_FAILED,
    (Stage.UPDATE, True, True): State.UPDATED_HAVE_DATA,
    (Stage.UPDATE, True, False): State.UPDATED_NO_DATA,
    (Stage.UPDATE, False, True): State.UPDATE_FAILED_HAVE_DATA,
    (Stage.UPDATE, False, False): State.UPDATE_FAILED_NO_DATA,
}
CANCEL = "fumo.cancel"
"""The user stops whatever is under way."""


class Fumo(ManagedObject):
    """Firmware update over the air."""

    kind = fumo.OBJECT
    Settings = FumoSettings
    settings: FumoSettings

    @property
    def names(self) -> frozenset[str]:
        return frozenset({CANCEL})

    def values(self) -> Mapping[str, Value]:
        return {
            "PkgName": "",
            "PkgVersion": "",
            "Download/PkgURL": "",
            "Update/PkgData": b"",
            "DownloadAndUpdate/PkgURL": "",
            "State": str(int(State.IDLE)),
        }

    def execute(self, device: Device, root: str, path: str, request: ExecRequest) -> int:
        stages, now = STAGES.get(path), request.now
        if stages is None or now is None:
            return StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED
        state = state_of(device.tree, root)
        if any(job.uri.startswith(f"{root}/") for job in device.jobs) and state in fumo.BUSY:
            return StatusCode.RETRY_LATER
        if stages[0] is Stage.UPDATE and state not in fumo.HAVE_DATA and not _pushed(device.tree, root):
            return StatusCode.COMMAND_NOT_ALLOWED
        job = Job(request.server_id, request.uri, request.correlator)
        self._begin(device, root, job, stages[0], now)
        return PENDING

    def start(self, device: Device, now: datetime) -> list[DeviceEvent]:
        """What was under way when the device lost its power begins again: a server waits for its report."""
        events: list[DeviceEvent] = []
        for root in self.roots(device.tree):
            state = state_of(device.tree, root)
            job = next((job for job in device.jobs if job.uri.startswith(f"{root}/")), None)
            if state not in fumo.BUSY:
                continue
            if job is None or job.uri.removeprefix(f"{root}/") not in STAGES:
                _set(device.tree, root, State.IDLE)
                continue
            stage = Stage.DOWNLOAD if state is State.DOWNLOADING else Stage.UPDATE
            self._begin(device, root, job, stage, now)
            events.append(Happened(f"{root}: the {stage.value} begins again"))
        return events

    def happen(self, device: Device, name: str, now: datetime) -> list[DeviceEvent] | None:
        if name != CANCEL:
            return None
        events: list[DeviceEvent] = []
        for root in self.roots(device.tree):
            state = state_of(device.tree, root)
            job = next((job for job in device.jobs if job.uri.startswith(f"{root}/")), None)
            if state in fumo.BUSY and job is not None:
                stage = Stage.DOWNLOAD if state is State.DOWNLOADING else Stage.UPDATE
                events += self._end(device, root, job, stage, 401)
        return events

    # -- one stage after the other

    def _begin(self, device: Device, root: str, job: Job, stage: Stage, now: datetime) -> None:
        _set(device.tree, root, RUNNING[stage])
        package, result = self._package(device.tree, root, job, stage)
        length = package.download if stage is Stage.DOWNLOAD else package.update
        at_once = result != 200 and package.fails == "no"
        device.agenda.at(
            now if at_once else now + length,
            partial(self._over, device, root, job, stage, package, result),
            about=root,
        )

    def _package(self, tree: Tree, root: str, job: Job, stage: Stage) -> tuple[Package, int]:
        """The package, and how the stage will end with it."""
        path = job.uri.removeprefix(f"{root}/")
        if path == "Update" and _pushed(tree, root):
            return Package(), 200
        url = _text(tree, f"{root}/{'Download' if path == 'Update' else path}/PkgURL")
        if not _is_url(url):
            return Package(), 411
        if self.settings.packages and url not in self.settings.packages:
            return Package(), 500
        package = self.settings.packages.get(url, Package())
        if package.fails == stage.value:
            return package, package.result or USUAL_FAILURE[stage]
        if stage is Stage.DOWNLOAD and 0 < self.settings.memory < package.size:
            return Package(), 501
        return package, 200

    def _over(
        self,
        device: Device,
        root: str,
        job: Job,
        stage: Stage,
        package: Package,
        result: int,
        now: datetime,
    ) -> list[DeviceEvent]:
        if not device.tree.exists(root):
            return [Happened(f"{root} is gone, and nothing is to be reported")]
        succeeded = 200 <= result < 300
        if succeeded and stage is Stage.DOWNLOAD:
            _say(device.tree, f"{root}/PkgName", package.name)
            _say(device.tree, f"{root}/PkgVersion", package.version)
        if succeeded and stage is Stage.UPDATE and package.version:
            _say(device.tree, f"{devdetail.URI}/FwV", package.version)
        stages = STAGES[job.uri.removeprefix(f"{root}/")]
        if succeeded and stage is not stages[-1]:
            _set(device.tree, root, State.READY_TO_UPDATE)
            device.agenda.at(now + self.settings.pause, partial(self._go_on, device, root, job), about=root)
            return [Happened(f"{root}: the download is complete")]
        return self._end(device, root, job, stage, result)

    def _go_on(self, device: Device, root: str, job: Job, now: datetime) -> list[DeviceEvent]:
        self._begin(device, root, job, Stage.UPDATE, now)
        return [Happened(f"{root}: the update begins")]

    def _end(self, device: Device, root: str, job: Job, stage: Stage, result: int) -> list[DeviceEvent]:
        """The last state, and the report (§5.3: the object's root is its Source)."""
        device.agenda.call_off(root)
        succeeded = 200 <= result < 300
        _set(device.tree, root, ENDED[stage, succeeded, self.settings.keeps_package])
        if stage is Stage.UPDATE and not self.settings.keeps_package and _pushed(device.tree, root):
            device.tree.replace(f"{root}/Update/PkgData", b"")
        operation = job.uri.removeprefix(f"{root}/")
        item = AlertItem(
            type=fumo.ALERT_TYPE + operation.lower(),
            data=str(result),
            source=root,
            mark="informational" if succeeded else "critical",
        )
        told = Happened(f"{root}: {operation} ends with {result}, {fumo.describe_result(result)}")
        return [told, *device.complete(job.uri, item, correlator=job.correlator)]


def state_of(tree: Tree, root: str) -> State:
    """A State that means nothing counts as the first one."""
    text = _text(tree, f"{root}/State").strip()
    return State(int(text)) if text in {str(int(state)) for state in State} else State.IDLE


def _set(tree: Tree, root: str, state: State) -> None:
    if tree.exists(f"{root}/State"):
        tree.replace(f"{root}/State", str(int(state)), format="int")
    else:
        tree.add(f"{root}/State", format="int", value=str(int(state)))


def _say(tree: Tree, uri: str, text: str) -> None:
    """Set a leaf where the device has it."""
    if tree.exists(uri):
        tree.replace(uri, text)


def _pushed(tree: Tree, root: str) -> bool:
    """Whether a server has put a package into PkgData itself."""
    return bool(tree.value(f"{root}/Update/PkgData"))


def _text(tree: Tree, uri: str) -> str:
    value = tree.value(uri)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
