"""Media types of DM (DM Representation Protocol §5.4, TNDS §5, Notification §5), and how to take one apart."""

from __future__ import annotations

import re

DM_XML = "application/vnd.syncml.dm+xml"
DM_WBXML = "application/vnd.syncml.dm+wbxml"

TNDS_XML = "application/vnd.syncml.dmtnds+xml"
TNDS_WBXML = "application/vnd.syncml.dmtnds+wbxml"

DDF_XML = "application/vnd.syncml.dmddf+xml"
DDF_WBXML = "application/vnd.syncml.dmddf+wbxml"

NOTIFICATION_12 = "application/vnd.syncml.notification"
"""The notification of DM 1.1 and 1.2 (package 0)."""

NOTIFICATION_13 = "application/vnd.syncml.dm.notification"
"""The notification of DM 1.3."""

TEXT_PLAIN = "text/plain"
"""The type of a node's value where none is said."""

OCTET_STREAM = "application/octet-stream"

_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"]*))')


def parse_media_type(text: str) -> tuple[str, dict[str, str]]:
    """Take ``type/subtype; name=value`` apart (RFC 9110 §8.3.1): the type in lower case, and its parameters.

    Parameter names come in lower case, values unquoted; what is no parameter is passed over.

    >>> parse_media_type('Application/vnd.syncml.dm+xml; Charset="UTF-8"')
    ('application/vnd.syncml.dm+xml', {'charset': 'UTF-8'})
    """
    media_type, separator, rest = text.partition(";")
    if not separator:
        return media_type.strip().lower(), {}
    parameters = {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted else plain.strip()
        for name, quoted, plain in _PARAMETER.findall(separator + rest)
    }
    return media_type.strip().lower(), parameters
