"""The features that the OMA DM 1.3 Client Profile asks of every client: fixtures/profile/client-1.0.yaml, read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from pydantic import BaseModel, ConfigDict, Field, RootModel

from hil import data
from hil.yamlfile import load


class Feature(BaseModel):
    """One row of the profile."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    section: str = Field(alias="in")
    """Where the specification has it."""
    feature: str
    only_with: str | None = None
    """What a device must have for the feature to be asked of it, such as ``smartcard``."""


class Specification(BaseModel):
    """One of the standard's documents, and the features that it specifies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    features: dict[str, Feature]
    """By id, in the profile's order."""


class ClientProfile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str
    specifications: dict[str, Specification]

    @property
    def features(self) -> Mapping[str, Feature]:
        """All of them, by id, in the profile's order."""
        return {id_: row for each in self.specifications.values() for id_, row in each.features.items()}


class Partial(RootModel[dict[str, str]]):
    """What is lacking, by the feature's id."""

    model_config = ConfigDict(frozen=True)


@cache
def client_profile() -> ClientProfile:
    return load(data.find("profile", "client-1.0"), ClientProfile)


@cache
def in_part() -> Mapping[str, str]:
    """The features that are shown in part only: what is lacking, by id. Not what OMA says, but what is here."""
    return load(data.find("profile", "partial"), Partial).root
