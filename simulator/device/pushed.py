"""A bootstrap that comes as a push: whether it may be applied (DM Bootstrap §5.4, DM Security §5.7.2)."""

from __future__ import annotations

from simulator.bootstrap import mac
from simulator.bootstrap.mac import Method, Secrets
from simulator.codes import mime
from simulator.device.wakeup import APPLICATION, LONGEST, is_for_dm
from simulator.errors import BootstrapError

MEDIA_TYPES = frozenset({mime.DM_WBXML, mime.DM_XML})
"""What looks like a bootstrap: a DM message outside of any session."""


def is_bootstrap(content_type: str) -> bool:
    return mime.parse_media_type(content_type)[0] in MEDIA_TYPES


def check(content_type: str, application_id: str | int | None, body: bytes, secrets: Secrets) -> Method:
    """How the message proves its origin: by its content type's SEC and MAC.

    Raises `BootstrapError` with the reason for which it has to be passed over.
    """
    media_type, parameters = mime.parse_media_type(content_type)
    if not is_for_dm(application_id):
        raise BootstrapError(f"the bootstrap is for the application {application_id!r}; DM is {APPLICATION}")
    if media_type != mime.DM_WBXML:
        raise BootstrapError(f"the bootstrap is {media_type}; the standard has it as {mime.DM_WBXML} only")
    if len(body) > LONGEST:
        raise BootstrapError(f"the bootstrap has {len(body)} octets; {LONGEST} is the most")
    try:
        return mac.check(parameters, body, secrets)
    except BootstrapError as error:
        raise BootstrapError(f"the bootstrap is not from whom it should be: {error}") from error
