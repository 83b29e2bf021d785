"""Status codes: the answer to a command, in ``Status/Data`` (DM Representation Protocol §7.5)."""

from __future__ import annotations

from enum import IntEnum


class StatusCode(IntEnum):
    """One code of the standard's list; `meaning` is what it says, in a few words."""

    meaning: str

    def __new__(cls, code: int, meaning: str = "") -> StatusCode:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    IN_PROGRESS = 101, "in progress"

    OK = 200, "OK"
    ITEM_ADDED = 201, "item added"
    ACCEPTED_FOR_PROCESSING = 202, "accepted for processing"
    NON_AUTHORITATIVE_RESPONSE = 203, "non-authoritative response"
    NO_CONTENT = 204, "no content"
    RESET_CONTENT = 205, "reset content"
    PARTIAL_CONTENT = 206, "partial content"
    CONFLICT_RESOLVED_WITH_MERGE = 207, "conflict resolved with merge"
    CONFLICT_RESOLVED_WITH_CLIENT = 208, "conflict resolved with the client's data"
    CONFLICT_RESOLVED_WITH_DUPLICATE = 209, "conflict resolved with a duplicate"
    DELETE_WITHOUT_ARCHIVE = 210, "deleted without archive"
    ITEM_NOT_DELETED = 211, "item not deleted"
    AUTHENTICATION_ACCEPTED = 212, "authentication accepted for the session"
    CHUNKED_ITEM_ACCEPTED = 213, "chunked item accepted and buffered"
    OPERATION_CANCELLED = 214, "operation cancelled by the user"
    NOT_EXECUTED = 215, "not executed"
    ATOMIC_ROLL_BACK_OK = 216, "atomic roll back OK"

    MULTIPLE_CHOICES = 300, "multiple choices"
    MOVED_PERMANENTLY = 301, "moved permanently"
    FOUND = 302, "found"
    SEE_OTHER = 303, "see other"
    NOT_MODIFIED = 304, "not modified"
    USE_PROXY = 305, "use proxy"

    BAD_REQUEST = 400, "bad request"
    INVALID_CREDENTIALS = 401, "invalid credentials"
    PAYMENT_REQUIRED = 402, "payment required"
    FORBIDDEN = 403, "forbidden"
    NOT_FOUND = 404, "not found"
    COMMAND_NOT_ALLOWED = 405, "command not allowed"
    OPTIONAL_FEATURE_NOT_SUPPORTED = 406, "optional feature not supported"
    MISSING_CREDENTIALS = 407, "missing credentials"
    REQUEST_TIMEOUT = 408, "request timeout"
    CONFLICT = 409, "conflict"
    GONE = 410, "gone"
    SIZE_REQUIRED = 411, "size required"
    INCOMPLETE_COMMAND = 412, "incomplete command"
    REQUEST_ENTITY_TOO_LARGE = 413, "request entity too large"
    URI_TOO_LONG = 414, "URI too long"
    UNSUPPORTED_MEDIA_TYPE = 415, "unsupported media type or format"
    REQUESTED_SIZE_TOO_BIG = 416, "requested size too big"
    RETRY_LATER = 417, "retry later"
    ALREADY_EXISTS = 418, "already exists"
    CONFLICT_RESOLVED_WITH_SERVER = 419, "conflict resolved with the server's data"
    DEVICE_FULL = 420, "device full"
    UNKNOWN_SEARCH_GRAMMAR = 421, "unknown search grammar"
    BAD_CGI = 422, "bad CGI script"
    SOFT_DELETE_CONFLICT = 423, "soft-delete conflict"
    SIZE_MISMATCH = 424, "size mismatch"
    PERMISSION_DENIED = 425, "permission denied"
    PARTIAL_ITEM_NOT_ACCEPTED = 426, "partial item not accepted"
    ITEM_NOT_EMPTY = 427, "item not empty"
    MOVE_FAILED = 428, "move failed"

    COMMAND_FAILED = 500, "command failed"
    COMMAND_NOT_IMPLEMENTED = 501, "command not implemented"
    BAD_GATEWAY = 502, "bad gateway"
    SERVICE_UNAVAILABLE = 503, "service unavailable"
    GATEWAY_TIMEOUT = 504, "gateway timeout"
    DTD_VERSION_NOT_SUPPORTED = 505, "DTD version not supported"
    PROCESSING_ERROR = 506, "processing error"
    ATOMIC_FAILED = 507, "atomic failed"
    REFRESH_REQUIRED = 508, "refresh required"
    RESERVED_509 = 509, "reserved"
    DATA_STORE_FAILURE = 510, "data store failure"
    SERVER_FAILURE = 511, "server failure"
    SYNCHRONISATION_FAILED = 512, "synchronisation failed"
    PROTOCOL_VERSION_NOT_SUPPORTED = 513, "protocol version not supported"
    OPERATION_CANCELLED_514 = 514, "operation cancelled"
    ATOMIC_ROLL_BACK_FAILED = 516, "atomic roll back failed"
    ATOMIC_RESPONSE_TOO_LARGE = 517, "atomic response too large to fit"


MEANINGS_FOR = {
    ("SyncHdr", StatusCode.OK): "OK: authenticated for this message",
    ("Alert", StatusCode.NOT_MODIFIED): "not modified: the user said no",
}
"""What a code says of the element whose name is in ``Status/Cmd``, where that is more than its own meaning."""


def meaning(code: str | int, cmd: str | None = None) -> str:
    """The meaning of a code as a peer wrote it, for the element ``cmd`` that it answers (``SyncHdr``, ``Get``);
    a sentence that says so when the standard has no such code.

    >>> meaning("404")
    'not found'
    >>> meaning("200", "SyncHdr")
    'OK: authenticated for this message'
    >>> meaning("299")
    'no status code of the standard'
    """
    try:
        status = StatusCode(int(code))
    except ValueError:
        return "no status code of the standard"
    return MEANINGS_FOR.get((cmd or "", status), status.meaning)
