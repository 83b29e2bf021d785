"""What the user has to do with a session that a server asks for: a notification's UI-MODE (DM Notification §6)."""

from __future__ import annotations

from simulator.codes.alert import AlertCode
from simulator.errors import NotificationError
from simulator.notification import options
from simulator.notification.model import Notification, UIMode
from simulator.session.interaction import Confirmed, Interaction, TimedOut, User, settled

SHOWS: dict[UIMode, AlertCode] = {
    UIMode.INFORMATIVE: AlertCode.DISPLAY,
    UIMode.USER_INTERACTION: AlertCode.CONFIRM_OR_REJECT,
}
"""How the device shows it: told, or asked. In the other modes the user sees nothing."""


def ask(user: User | None, notification: Notification, server_id: str) -> None:
    """Tell or ask the user before the session. Raises `NotificationError` when the user does not want it.

    A client should follow UI-MODE, and need not: a device that has nobody to ask, or that cannot show it, opens
    the session all the same.
    """
    code = SHOWS.get(notification.ui_mode)
    if user is None or code is None:
        return
    interaction = Interaction(code, _text(notification, server_id))
    answer = user.answer(interaction)
    if answer is None or code is AlertCode.DISPLAY:
        return
    counts, _ = settled(interaction, answer)
    if counts != Confirmed(True):
        did = "did not answer" if isinstance(answer, TimedOut) else "refused"
        raise NotificationError(
            f"the user {did}: session {notification.session_text} of {server_id} is not opened"
        )


def _text(notification: Notification, server_id: str) -> str:
    """With the server's own reason, where it gives one (Connect-Reason)."""
    reason = options.string(notification, options.CONNECT_REASON)
    asks = f"{server_id} asks for a management session"
    return f"{asks}: {reason}" if reason else asks
