"""Code points of the Card Application Toolkit (ETSI TS 102 223), as far as a smart card web server needs them.

The card is the one that asks, and may not speak first: a status word 91xx says that it has a *proactive command*,
the terminal FETCHes that, does what it says, and tells the outcome in a TERMINAL RESPONSE. What happens in between
it tells in ENVELOPEs. In the Bearer Independent Protocol (BIP) the terminal is the card's network.
"""

from __future__ import annotations

from enum import IntEnum

PROACTIVE_COMMAND = 0xD0
EVENT_DOWNLOAD = 0xD6
"""Tags of the BER-TLV around a proactive command, and around an event in an ENVELOPE (§9.1, §9.2)."""

COMPREHENSION = 0x80
"""In a tag: whoever does not understand this data object has to refuse the whole (TS 101 220 §7.1.1)."""


class _Titled(IntEnum):
    @property
    def title(self) -> str:
        return self.name.replace("_", " ")


class Tag(_Titled):
    """Of COMPREHENSION-TLV data objects, without the bit `COMPREHENSION` (§9.3)."""

    COMMAND_DETAILS = 0x01
    DEVICE_IDENTITIES = 0x02
    RESULT = 0x03
    DURATION = 0x04
    ALPHA_IDENTIFIER = 0x05
    EVENT_LIST = 0x19
    ICON_IDENTIFIER = 0x1E
    BEARER_DESCRIPTION = 0x35
    CHANNEL_DATA = 0x36
    CHANNEL_DATA_LENGTH = 0x37
    CHANNEL_STATUS = 0x38
    BUFFER_SIZE = 0x39
    TRANSPORT_LEVEL = 0x3C
    OTHER_ADDRESS = 0x3E
    NETWORK_ACCESS_NAME = 0x47


class Proactive(_Titled):
    """Types of proactive commands (§9.4)."""

    REFRESH = 0x01
    MORE_TIME = 0x02
    POLL_INTERVAL = 0x03
    POLLING_OFF = 0x04
    SET_UP_EVENT_LIST = 0x05
    DISPLAY_TEXT = 0x21
    SET_UP_MENU = 0x25
    PROVIDE_LOCAL_INFORMATION = 0x26
    TIMER_MANAGEMENT = 0x27
    SET_UP_IDLE_MODE_TEXT = 0x28
    OPEN_CHANNEL = 0x40
    CLOSE_CHANNEL = 0x41
    RECEIVE_DATA = 0x42
    SEND_DATA = 0x43
    GET_CHANNEL_STATUS = 0x44


class Device(IntEnum):
    """Device identities (§8.7); 21 to 27 are channels 1 to 7."""

    CHANNEL = 0x20
    UICC = 0x81
    TERMINAL = 0x82
    NETWORK = 0x83


MAX_CHANNELS = 7


class Event(_Titled):
    """Of an event list, and of an event download (§8.25)."""

    DATA_AVAILABLE = 0x09
    CHANNEL_STATUS = 0x0A


class Transport(IntEnum):
    """Protocols of the UICC/terminal interface transport level (§8.59)."""

    UDP_CLIENT_REMOTE = 0x01
    TCP_CLIENT_REMOTE = 0x02
    TCP_SERVER = 0x03
    UDP_CLIENT_LOCAL = 0x04
    TCP_CLIENT_LOCAL = 0x05
    DIRECT = 0x06

    @property
    def title(self) -> str:
        protocol, _, rest = self.name.partition("_")
        return f"{protocol} {rest.lower().replace('_', ' ')}".rstrip()


class ChannelState(IntEnum):
    """Bits 8 and 7 of the first octet of a Channel status, in UICC server mode (§8.56)."""

    CLOSED = 0x00
    LISTEN = 0x40
    ESTABLISHED = 0x80


LINK_DROPPED = 0x05
"""The second octet of a Channel status: the link went by itself; 00 says nothing (§8.56)."""

SEND_IMMEDIATELY = 0x01
"""Qualifier of SEND DATA (§8.6): what is in the buffer goes out; without it, more is to come."""
BACK_TO_LISTEN = 0x01
"""Qualifier of CLOSE CHANNEL in server mode: only the connection is closed, not the port."""


class Result(IntEnum):
    """General results (§8.12)."""

    OK = 0x00
    PARTIAL_COMPREHENSION = 0x01
    MISSING_INFORMATION = 0x02
    MODIFIED = 0x07
    USER_ABORT = 0x10
    TERMINAL_BUSY = 0x20
    USER_REFUSED = 0x22
    BEYOND_CAPABILITIES = 0x30
    TYPE_NOT_UNDERSTOOD = 0x31
    DATA_NOT_UNDERSTOOD = 0x32
    VALUES_MISSING = 0x36
    BIP_ERROR = 0x3A


LAST_SUCCESS = 0x1F
"""Results up to this say that the command was carried out, if not as asked (§8.12)."""

RESULTS: dict[int, str] = {
    Result.OK: "ok",
    Result.PARTIAL_COMPREHENSION: "done, not all was understood",
    Result.MISSING_INFORMATION: "done, with less than was asked for",
    Result.MODIFIED: "done with a modification",
    Result.USER_ABORT: "ended by the user",
    Result.TERMINAL_BUSY: "the terminal cannot do that now",
    Result.USER_REFUSED: "refused by the user",
    Result.BEYOND_CAPABILITIES: "beyond the terminal's capabilities",
    Result.TYPE_NOT_UNDERSTOOD: "this type of command is not understood",
    Result.DATA_NOT_UNDERSTOOD: "the command's data are not understood",
    Result.VALUES_MISSING: "something that is needed is missing",
    Result.BIP_ERROR: "BIP error",
}


class BipError(IntEnum):
    """Additional information of `Result.BIP_ERROR` (§8.12.11)."""

    NO_CAUSE = 0x00
    NO_CHANNEL = 0x01
    CHANNEL_CLOSED = 0x02
    BAD_CHANNEL = 0x03
    BUFFER_SIZE = 0x04
    SECURITY = 0x05
    TRANSPORT_LEVEL = 0x06
    REMOTE_UNREACHABLE = 0x07
    SERVICE = 0x08
    PORT_NOT_AVAILABLE = 0x10


BIP_ERRORS: dict[int, str] = {
    BipError.NO_CAUSE: "no cause given",
    BipError.NO_CHANNEL: "no channel is left",
    BipError.CHANNEL_CLOSED: "the channel is closed",
    BipError.BAD_CHANNEL: "no such channel",
    BipError.BUFFER_SIZE: "no buffer of that size",
    BipError.SECURITY: "security",
    BipError.TRANSPORT_LEVEL: "no such transport level",
    BipError.REMOTE_UNREACHABLE: "the remote device cannot be reached",
    BipError.SERVICE: "service",
    BipError.PORT_NOT_AVAILABLE: "the port is not available",
}


def result_text(result: int, additional: bytes = b"") -> str:
    """What a TERMINAL RESPONSE came to, in words."""
    text = RESULTS.get(result, f"result {result:02X}")
    if result == Result.BIP_ERROR and additional:
        return f"{text}: {BIP_ERRORS.get(additional[0], f'cause {additional[0]:02X}')}"
    return text


class Ability(IntEnum):
    """Facilities of a terminal profile (§5.2), as ``octet << 4 | bit``, both counted from 1."""

    PROFILE_DOWNLOAD = 0x011
    MORE_TIME = 0x034
    POLL_INTERVAL = 0x036
    POLLING_OFF = 0x037
    SET_UP_EVENT_LIST = 0x051
    EVENT_DATA_AVAILABLE = 0x063
    EVENT_CHANNEL_STATUS = 0x064
    OPEN_CHANNEL = 0x0C1
    CLOSE_CHANNEL = 0x0C2
    RECEIVE_DATA = 0x0C3
    SEND_DATA = 0x0C4
    GET_CHANNEL_STATUS = 0x0C5
    TCP_SERVER = 0x113


CHANNEL_COUNT_OCTET, CHANNEL_COUNT_SHIFT = 13, 5
"""Bits 6 to 8 of the profile's thirteenth octet: how many channels the terminal has (§5.2)."""

SERVER_MODE = frozenset(
    {
        Ability.SET_UP_EVENT_LIST,
        Ability.EVENT_DATA_AVAILABLE,
        Ability.EVENT_CHANNEL_STATUS,
        Ability.OPEN_CHANNEL,
        Ability.CLOSE_CHANNEL,
        Ability.RECEIVE_DATA,
        Ability.SEND_DATA,
        Ability.TCP_SERVER,
    }
)
"""What a card looks for before it opens a channel as a TCP server."""

PORT_SCWS, PORT_SCWS_TLS = 3516, 4116
"""Of a smart card web server over BIP: HTTP and HTTPS (OMA SCWS; registered at IANA)."""

MAX_CHANNEL_DATA = 0xED
"""Octets of channel data that a TERMINAL RESPONSE has room for: its Lc is at most 255."""
MAX_SENT_DATA = 0xF1
"""Octets of channel data in a SEND DATA: a FETCH brings at most 256."""
