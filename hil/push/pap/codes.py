"""What a push gateway answers, in words (WAP-247-PAP §9.13)."""

from __future__ import annotations

OK = 1000
ACCEPTED = 1001

RESULTS: dict[int, str] = {
    OK: "OK",
    ACCEPTED: "accepted for processing",
    2000: "bad request",
    2001: "forbidden",
    2002: "address error",
    2003: "address not found",
    2004: "push id not found",
    2005: "capabilities mismatch",
    2006: "required capabilities not supported",
    2007: "duplicate push id",
    2008: "cancellation not possible",
    3000: "internal server error",
    3001: "not implemented",
    3002: "version not supported",
    3003: "not possible",
    3004: "capability matching not supported",
    3005: "multiple addresses not supported",
    3006: "transformation failure",
    3007: "specified delivery method not possible",
    3008: "capabilities not available",
    3009: "required network not available",
    3010: "required bearer not available",
    3011: "replacement not supported",
    4000: "service failure",
    4001: "service unavailable",
    5000: "mobile client aborted",
}

_CLASSES = {
    1: "success of a kind unknown here",
    2: "an error of the push initiator",
    3: "an error of the push gateway",
    4: "a service failure",
    5: "the mobile client aborted",
}
"""By the first digit: what a code means that has no row above."""

_ADDRESS = (
    "write the address as the gateway has it, WAPPUSH=+15551230000/TYPE=PLMN@its.name: settings type and domain"
)

HINTS: dict[int, str] = {
    2001: "does the gateway know this user, this machine's address, and may it push?",
    2002: _ADDRESS,
    2003: _ADDRESS,
    3007: "another setting delivery_method may be possible there",
    3009: "another setting network, or none, may be possible there",
    3010: "another setting bearer, or none, may be possible there",
}
"""What to try."""


def words(code: int) -> str:
    return RESULTS.get(code) or _CLASSES.get(code // 1000, "no code of the standard")


def succeeded(code: int) -> bool:
    return code // 1000 == 1
