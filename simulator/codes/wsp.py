"""WSP's assigned numbers, as far as push and device management use them.

Clauses: WAP-230-WSP Table 34 (PDU types), Table 38 (parameters), Table 39 (header fields), Table 40 (content
types, continued in the OMNA registry), OMNA's registry of push application ids; ports from IANA.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, IntFlag

PORT_PUSH = 2948
"""wap-push: connectionless push to the terminal, over SMS and UDP."""
PORT_PUSH_SECURE = 2949
"""wap-pushsecure: the same over WTLS."""
PORT_WSP = 9200
"""wap-wsp: the usual source port of a push."""
PORT_OTA_HTTP = 4035
"""wap-push-http: OTA-HTTP, where the terminal listens."""
PORT_OTA_HTTPS = 4036
"""wap-push-https: the same over TLS."""

DEFAULT_CODE_PAGE = 1
"""The page that header codes belong to until a shift sequence says otherwise (WSP §8.4.1.1)."""


class PduType(IntEnum):
    """The PDU types that may reach a push port (WSP Table 34)."""

    REPLY = 0x04
    DISCONNECT = 0x05
    PUSH = 0x06
    CONFIRMED_PUSH = 0x07


PUSH_TYPES = frozenset({PduType.PUSH, PduType.CONFIRMED_PUSH})
"""ConfirmedPush belongs to connection-oriented WSP only, but has the same layout and some clients take it."""


class Value(Enum):
    """How the value of a header field or parameter is written (WSP §8.4.2)."""

    INTEGER = "integer"
    """Short or long integer; a text where a sender prefers its name."""
    TEXT = "text"
    """Text-string: octets and NUL."""
    TEXT_VALUE = "text value"
    """No-value, token-text or quoted-string."""
    QUOTED = "quoted"
    """Quoted-string: a quotation mark before the text, whatever it is."""
    DATE = "date"
    """Long integer: seconds since 1970-01-01 UTC."""
    VERSION = "version"
    """Major and minor in one short integer, or a text."""
    MEDIA = "media"
    """Constrained media: a content type without parameters."""
    Q = "q"
    """Quality: a uintvar (WSP §8.4.2.3)."""
    UNTYPED = "untyped"
    """Of a parameter without a number: an integer or a text value (WSP §8.4.2.4)."""
    OTHER = "other"
    """A structure that device management has no use for; its octets are carried as they stand."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """One row: the number, the name it stands for, and how the value is written."""

    code: int
    name: str
    value: Value


HEADER_FIELDS = (
    Assigned(0x00, "Accept", Value.MEDIA),
    Assigned(0x0D, "Content-Length", Value.INTEGER),
    Assigned(0x0E, "Content-Location", Value.TEXT),
    Assigned(0x0F, "Content-MD5", Value.OTHER),
    Assigned(0x11, "Content-Type", Value.MEDIA),
    Assigned(0x12, "Date", Value.DATE),
    Assigned(0x14, "Expires", Value.DATE),
    Assigned(0x1D, "Last-Modified", Value.DATE),
    Assigned(0x24, "Server", Value.TEXT),
    Assigned(0x2E, "Content-Disposition", Value.OTHER),
    Assigned(0x2F, "X-Wap-Application-Id", Value.INTEGER),
    Assigned(0x30, "X-Wap-Content-URI", Value.TEXT),
    Assigned(0x31, "X-Wap-Initiator-URI", Value.TEXT),
    Assigned(0x32, "Accept-Application", Value.INTEGER),
    Assigned(0x33, "Bearer-Indication", Value.INTEGER),
    Assigned(0x34, "Push-Flag", Value.INTEGER),
    Assigned(0x35, "Profile", Value.TEXT),
    Assigned(0x36, "Profile-Diff", Value.OTHER),
    Assigned(0x3F, "X-Wap-Tod", Value.DATE),
    Assigned(0x40, "Content-ID", Value.QUOTED),
    Assigned(0x43, "Encoding-Version", Value.VERSION),
    Assigned(0x46, "X-Wap-Security", Value.INTEGER),
)
"""Header field names of code page 1 (WSP Table 39)."""

PARAMETERS = (
    Assigned(0x00, "q", Value.Q),
    Assigned(0x01, "charset", Value.INTEGER),
    Assigned(0x02, "level", Value.VERSION),
    Assigned(0x03, "type", Value.INTEGER),
    Assigned(0x17, "name", Value.TEXT_VALUE),
    Assigned(0x18, "filename", Value.TEXT_VALUE),
    Assigned(0x19, "start", Value.TEXT_VALUE),
    Assigned(0x11, "SEC", Value.INTEGER),
    Assigned(0x12, "MAC", Value.TEXT),
    # Older numbers of the same names: read, and never written, since the rows above come first.
    Assigned(0x05, "name", Value.TEXT),
    Assigned(0x06, "filename", Value.TEXT),
    Assigned(0x09, "type", Value.MEDIA),
    Assigned(0x0A, "start", Value.TEXT),
)
"""Parameters of a content type (WSP Table 38; SEC and MAC: OMA-WAP-ProvBoot §5.2)."""

CONTENT_TYPES = {
    0x2D: "text/vnd.wap.si",
    0x2E: "application/vnd.wap.sic",
    0x2F: "text/vnd.wap.sl",
    0x30: "application/vnd.wap.slc",
    0x34: "application/vnd.wap.sia",
    0x35: "text/vnd.wap.connectivity-xml",
    0x36: "application/vnd.wap.connectivity-wbxml",
    0x3E: "application/vnd.wap.mms-message",
    0x42: "application/vnd.syncml.dm+wbxml",
    0x43: "application/vnd.syncml.dm+xml",
    0x44: "application/vnd.syncml.notification",
    0x4E: "application/vnd.syncml.ds.notification",
    0x58: "application/vnd.syncml.dm.notification",
    0x5A: "application/octet-stream",
    0x0302: "application/vnd.syncml+xml",
    0x030A: "application/vnd.wap.emn+wbxml",
}
"""Content types with a number (WSP Table 40 and OMNA's registry)."""

CONTENT_TYPE_CODES = {name: code for code, name in CONTENT_TYPES.items()}

APPLICATION_DM = 0x07
"""The push application id that a DM client listens to."""
APPLICATION_DEFAULT = 0x02
"""What an absent X-Wap-Application-Id means: the browser (PushOTA)."""

APPLICATION_IDS = {
    0x00: "x-wap-application:*",
    0x01: "x-wap-application:push.sia",
    0x02: "x-wap-application:wml.ua",
    0x03: "x-wap-application:wta.ua",
    0x04: "x-wap-application:mms.ua",
    0x05: "x-wap-application:push.syncml",
    0x06: "x-wap-application:loc.ua",
    0x07: "x-wap-application:syncml.dm",
    0x08: "x-wap-application:drm.ua",
    0x09: "x-wap-application:emn.ua",
    0x0A: "x-wap-application:wv.ua",
    0x10: "x-oma-application:ulp.ua",
    0x11: "x-oma-application:dlota.ua",
    0x12: "x-oma-application:java-ams",
    0x13: "x-oma-application:bcast.ua",
    0x14: "x-oma-application:dpe.ua",
    0x15: "x-oma-application:cpm.ua",
    0x1A: "x-oma-application:lwm2m.dm",
}
"""Push application ids (OMNA's registry); 0x8000 and above are registered by vendors."""

APPLICATION_ID_CODES = {name: code for code, name in APPLICATION_IDS.items()}


class PushFlag(IntFlag):
    """Bits of the Push-Flag header (WSP §8.4.2.60)."""

    INITIATOR_AUTHENTICATED = 1
    CONTENT_TRUSTED = 2
    LAST_PUSH = 4


class Sec(IntEnum):
    """How the key of a bootstrap's MAC is made: the SEC parameter (DM Security §5.7.2)."""

    NETWORKID = 0
    USERPIN = 1
    USERPIN_NETWORKID = 2
    USERPINMAC = 3
    """Of OMA Client Provisioning only."""
