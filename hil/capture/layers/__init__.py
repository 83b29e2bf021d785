"""Scapy layers for what the bench carries: views over the tables of the plain codecs, which stay the truth.

Importing this package loads scapy and binds the layers to each other and to UDP port 2948; only what reads
or writes captures does so.
"""

from __future__ import annotations

from hil.capture.layers.notification import Notification12, Notification13, NotificationOption
from hil.capture.layers.sms import SMSDeliver, SMSSubmit
from hil.capture.layers.udh import UDH
from hil.capture.layers.wsp import WSPHeader, WSPPush

__all__ = [
    "UDH",
    "Notification12",
    "Notification13",
    "NotificationOption",
    "SMSDeliver",
    "SMSSubmit",
    "WSPHeader",
    "WSPPush",
]
