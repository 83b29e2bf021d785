"""What a card image says of one bootstrap message, wherever on the card that is kept."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, model_validator

from hil.fields import HexBytes


def listed(value: object) -> object:
    """One entry may stand without a list around it."""
    return value if isinstance(value, list | tuple) else [] if value is None else [value]


class ImageModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AccountText(ImageModel):
    """A DM account, as text with variables; made into a bootstrap message when the card is inserted."""

    server_id: str
    address: str
    name: str = ""
    auth: str = "DIGEST"
    client_name: str = ""
    client_secret: str = ""
    client_nonce: str = ""
    """In base64."""
    server_name: str = ""
    server_secret: str = ""
    server_nonce: str = ""
    http_auth: str = ""
    """HTTP-BASIC, HTTP-DIGEST, or empty: the account has no credentials for HTTP."""
    http_name: str = ""
    http_secret: str = ""


class BootstrapEntry(ImageModel):
    """One bootstrap message: made of an account, of the address where there is one, or given as it is."""

    account: AccountText | None = None
    server: str | None = None
    """The URL of a bootstrap server: a Bootstrap Config object instead of an account (DM Bootstrap §6.3)."""
    message: HexBytes | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> BootstrapEntry:
        if sum(each is not None for each in (self.account, self.server, self.message)) != 1:
            raise ValueError("a bootstrap has one of 'account', 'server' and 'message'")
        return self

    def secrets(self) -> list[str]:
        """What a trace must not show, once variables are substituted."""
        if self.account is None:
            return []
        return [self.account.client_secret, self.account.server_secret, self.account.http_secret]
