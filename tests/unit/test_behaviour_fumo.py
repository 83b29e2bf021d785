"""The firmware update object: what Exec starts, its states, and the reports (OMA FUMO 1.0)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.behaviour.fumo import Fumo, FumoSettings, Package
from simulator.behaviour.objects import attach
from simulator.device import Device
from simulator.objects import dmacc, fumo, maker
from simulator.objects.devdetail import DevDetail
from simulator.objects.devinfo import DevInfo
from simulator.objects.dmacc import AccountData
from simulator.objects.fumo import State
from simulator.objects.maker import Made
from simulator.session.alerts import AlertItem, Job
from simulator.session.commands.context import ExecRequest
from simulator.tnds.document import MgmtTree

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ROOT = "./FUMO/1"
URL = "http://fw.example/2.0"
MINUTE = timedelta(minutes=1)


def a_device(settings: FumoSettings | None = None) -> Device:
    behaviour = Fumo(settings)
    made = Made(
        kinds=(behaviour.kind,),
        objects={ROOT: behaviour.kind},
        values={f"{ROOT}/{path}": value for path, value in behaviour.values().items()},
    )
    device = Device(maker.model(DevInfo("IMEI:1", "m", "m"), DevDetail(fw_v="1.0"), made), random=bytes)
    device.tree.add_tnds("./Inbox", MgmtTree(nodes=[dmacc.to_tnds(AccountData("srv", "http://x"))]))
    attach(device, [behaviour])
    device.power_on(None, [], NOW)
    for path in ("Download", "DownloadAndUpdate"):
        device.tree.replace(f"{ROOT}/{path}/PkgURL", URL)
    return device


def execute(device: Device, path: str, correlator: str | None = "c", now: datetime = NOW) -> int:
    """As the session does it."""
    uri = f"{ROOT}/{path}"
    status = device.operations[uri](ExecRequest(uri, None, correlator, "srv", now))
    if status == 202:
        device.jobs.append(Job("srv", uri, correlator))
    return status


def state(device: Device) -> int:
    return int(str(device.tree.value(f"{ROOT}/State")))


def reports(device: Device) -> list[tuple[Any, str, str, str | None]]:
    """Result, Type, Source and Correlator of what waits to be told."""
    found = []
    for waiting in device.alerts:
        (item,) = waiting.alert.items
        assert isinstance(item, AlertItem)
        operation = item.type.removeprefix(fumo.ALERT_TYPE)
        assert waiting.server_id == "srv"
        found.append((item.data, operation, str(item.source), waiting.alert.correlator))
    return found


def test_download_then_update() -> None:
    package = Package("spring", "2.0", download=5 * MINUTE, update=2 * MINUTE)
    device = a_device(FumoSettings({URL: package}))
    assert state(device) == 10
    assert execute(device, "Update") == 405  # there is nothing to install
    assert execute(device, "Download", "one") == 202
    assert (state(device), device.agenda.next) == (30, NOW + 5 * MINUTE)
    assert execute(device, "Download") == execute(device, "Update") == 417
    device.wake(NOW + 5 * MINUTE)
    assert state(device) == 40
    assert reports(device) == [("200", "download", ROOT, "one")]
    assert device.tree.value(f"{ROOT}/PkgName") == "spring"
    assert execute(device, "Update", None, NOW + 9 * MINUTE) == 202
    assert state(device) == 60
    device.wake(NOW + 11 * MINUTE)
    assert state(device) == 100
    assert reports(device)[1:] == [("200", "update", ROOT, None)]
    assert device.tree.value("./DevDetail/FwV") == "2.0"
    assert not device.jobs


def test_both_in_one_go_with_a_pause() -> None:
    device = a_device(FumoSettings(keeps_package=True, pause=3 * MINUTE))
    assert execute(device, "DownloadAndUpdate") == 202
    device.wake(NOW + MINUTE)
    assert (state(device), reports(device)) == (50, [])
    assert execute(device, "Download") == 417
    device.wake(NOW + 4 * MINUTE)
    assert state(device) == 60
    device.wake(NOW + 6 * MINUTE)
    assert state(device) == 90
    assert reports(device) == [("200", "downloadandupdate", ROOT, "c")]


@pytest.mark.parametrize(
    ("settings", "url", "path", "result", "ends_in"),
    [
        (FumoSettings({URL: Package(fails="download")}), URL, "Download", "503", 20),
        (FumoSettings({URL: Package(fails="download", result=406)}), URL, "DownloadAndUpdate", "406", 20),
        (FumoSettings({URL: Package(fails="update")}), URL, "DownloadAndUpdate", "410", 80),
        (
            FumoSettings({URL: Package(fails="update", result=404)}, keeps_package=True),
            URL,
            "DownloadAndUpdate",
            "404",
            70,
        ),
        (FumoSettings({URL: Package(size=11)}, memory=10), URL, "Download", "501", 20),
        (FumoSettings({URL: Package()}), "http://elsewhere.example", "Download", "500", 20),
        (FumoSettings(), "ftp://x/y", "Download", "411", 20),
        (FumoSettings(), "http://[", "DownloadAndUpdate", "411", 20),
        (FumoSettings(), "", "DownloadAndUpdate", "411", 20),
    ],
)
def test_failures(settings: FumoSettings, url: str, path: str, result: str, ends_in: int) -> None:
    device = a_device(settings)
    device.tree.replace(f"{ROOT}/{path}/PkgURL", url)
    assert execute(device, path) == 202
    device.wake(NOW + timedelta(hours=1))
    device.wake(NOW + timedelta(hours=2))
    assert (state(device), reports(device)) == (ends_in, [(result, path.lower(), ROOT, "c")])
    assert [w.alert.items[0].mark for w in device.alerts] == ["critical"]
    assert fumo.is_result(int(result))
    assert device.tree.value("./DevDetail/FwV") == "1.0"


def test_a_package_that_the_server_brought_itself() -> None:
    device = a_device()
    device.tree.replace(f"{ROOT}/Update/PkgData", b"firmware")
    assert execute(device, "Update") == 202
    device.wake(NOW + 2 * MINUTE)
    assert (state(device), device.tree.value(f"{ROOT}/Update/PkgData")) == (100, b"")


def test_the_user_cancels() -> None:
    device = a_device()
    assert device.happen("fumo.cancel", NOW) == []
    execute(device, "Download")
    device.happen("fumo.cancel", NOW + timedelta(seconds=10))
    assert (state(device), reports(device)[0][0]) == (20, "401")
    assert device.agenda.next is None
    execute(device, "Download", "again", NOW + timedelta(seconds=20))
    device.wake(NOW + MINUTE)
    assert (state(device), len(device.alerts)) == (30, 1)
    device.wake(NOW + MINUTE + timedelta(seconds=20))
    assert [report[3] for report in reports(device)] == ["c", "again"]


@pytest.mark.parametrize("interrupted", [State.DOWNLOADING, State.UPDATING, State.READY_TO_UPDATE])
def test_after_a_loss_of_power_it_begins_again(interrupted: State) -> None:
    device = a_device()
    execute(device, "DownloadAndUpdate")
    device.power_off()
    device.tree.replace(f"{ROOT}/State", str(int(interrupted)))
    later = NOW + timedelta(days=1)
    device.power_on(None, [], later)
    assert state(device) == (30 if interrupted is State.DOWNLOADING else 60)
    device.wake(later + timedelta(hours=1))
    device.wake(later + timedelta(hours=2))
    assert reports(device) == [("200", "downloadandupdate", ROOT, "c")]


def test_after_a_loss_of_power_without_anyone_waiting() -> None:
    device = a_device()
    device.tree.replace(f"{ROOT}/State", "30")
    device.power_on(None, [], NOW)
    assert (state(device), device.agenda.next) == (10, None)
    device.tree.replace(f"{ROOT}/State", "nonsense", format="chr")
    device.power_on(None, [], NOW)
    assert execute(device, "Download") == 202


def test_an_object_or_a_server_that_is_gone_when_it_ends() -> None:
    device = a_device()
    execute(device, "Download")
    device.tree.delete("./FUMO/1")
    device.wake(NOW + MINUTE)
    assert not device.alerts
    device = a_device()
    execute(device, "Download")
    device.tree.delete("./DMAcc/srv")
    device.wake(NOW + MINUTE)
    assert (state(device), len(device.alerts)) == (40, 0)


def test_only_the_nodes_of_the_object_can_be_executed() -> None:
    device = a_device()
    assert "./DevInfo/Man" not in device.operations
    assert device.operations.get("./FUMO") is None
    assert execute(device, "State") == 406
    assert f"{ROOT}/Update" in set(device.operations)
    device.tree.add("./Elsewhere/Fw", format="node", type=fumo.IDENTIFIER)
    device.tree.add("./Elsewhere/Fw/Update", format="node")
    assert "./Elsewhere/Fw/Update" in device.operations
    assert len(device.operations) > 5
