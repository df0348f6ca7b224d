"""A live platform: nothing is started, nothing can be switched."""

from __future__ import annotations

from dataclasses import dataclass

from bookingflow.platform.target import DemoControls


@dataclass
class LiveTarget:
    """Addresses of a platform that runs without us."""

    api_base_url: str
    database_url: str
    job_url: str | None = None
    job_token: str | None = None
    controls: DemoControls | None = None

    def restaurant_slug(self, kind: str) -> str | None:  # noqa: ARG002 - the protocol's signature
        """A live platform has one restaurant for the suite: that of the settings."""
        return None

    def close(self) -> None:
        """There is nothing to take down."""
