"""One DM device: its tree, its accounts, and what wakes it up."""

from simulator.device.device import Device
from simulator.device.events import (
    AccountAdded,
    AccountRemoved,
    BootstrapRefused,
    DeviceEvent,
    Happened,
    PushIgnored,
    SessionDue,
)

__all__ = [
    "AccountAdded",
    "AccountRemoved",
    "BootstrapRefused",
    "Device",
    "DeviceEvent",
    "Happened",
    "PushIgnored",
    "SessionDue",
]
