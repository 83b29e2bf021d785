"""The state of a simulated device in a run: which file keeps it, and when the device loses its power."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hil.devicechoice import TEMPORARY, ScenarioDevice
from hil.state.device import DeviceFile
from simulator.device import Device
from simulator.objects import dmacc


class Keeping:
    """Keeps one device after the other, as it is switched off, loses its power and comes back."""

    def __init__(self, choice: ScenarioDevice) -> None:
        self._choice = choice
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._file: DeviceFile | None = None
        self._path: Path | None = None
        if choice.state == TEMPORARY:
            self._folder = tempfile.TemporaryDirectory(prefix="dmrig-state-")
            self._path = Path(self._folder.name) / "device.state"
        elif choice.state is not None:
            self._path = Path(choice.state)

    @property
    def keeps(self) -> bool:
        return self._path is not None

    def take_up(self, device: Device) -> bool:
        """Give a fresh device the state that was kept, and keep it from now on. Whether there was any.

        Raises `UsageError` for a file that cannot be used.
        """
        if self._path is None:
            return False
        self._file = DeviceFile(self._path, device, self._choice.durability)
        return not self._file.new

    def lose_after(self, changes: int, device: Device, lost: Callable[[], None]) -> None:
        """Keep so many changes more and then nothing any more; ``lost`` is called when the last one is kept."""
        file = self._file
        assert file is not None
        last = file.changes + changes

        def changed() -> None:
            file.changed()
            if file.changes >= last:
                file.abandon()
                lost()

        device.on_change = changed

    def lose(self) -> None:
        """What is not kept by now never will be."""
        if self._file is not None:
            self._file.abandon()

    def close(self) -> None:
        """Raises `PartBroke` when the last changes cannot be written. May be called twice."""
        try:
            if self._file is not None:
                self._file.close()
        finally:
            self._file = None
            if self._folder is not None:
                self._folder.cleanup()


def secrets_of(device: Device) -> list[str]:
    """The secrets of its accounts."""
    accounts = dmacc.accounts(device.tree)
    credentials = [each for account in accounts for each in (account.client, account.server, account.http)]
    return [each.secret for each in credentials if each is not None and each.secret]
