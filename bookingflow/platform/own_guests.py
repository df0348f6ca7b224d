"""By which e-mail addresses the suite's own guests are known, whatever run and machine made them; who holds tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bookingflow.core.settings import BUILT_IN_EMAIL
from bookingflow.core.text import series
from bookingflow.platform.database_models import Occupation

CANCELS = "the team that runs this suite, by cancelling its guests (BOOKING_CLEANUP=cancel leaves none)"


@dataclass(frozen=True)
class OwnGuests:
    """The addresses of the suite's own guests, as LIKE patterns that they fit and nobody else's."""

    contacts: tuple[str, ...] = ()
    """The configured contact, and the one that the suite brings: other machines may have no other."""
    run_id: str = ""

    @classmethod
    def of(cls, contact: str, run_id: str = "") -> OwnGuests:
        """The guests under this e-mail address; those of this run as `GuestBook.next` makes them."""
        return cls(tuple(dict.fromkeys((contact.lower(), BUILT_IN_EMAIL))), run_id)

    @property
    def any_run(self) -> list[str]:
        """A pattern for each contact, whatever the run."""
        return [like(contact) for contact in self.contacts]

    @property
    def this_run(self) -> str:
        """The pattern of this run's guests; empty where there is no run."""
        return like(self.contacts[0], self.run_id) if self.run_id else ""

    def include(self, email: str) -> bool:
        """Whether this is the address of one of them, of whichever run."""
        written = email.lower()
        ends = (contact.partition("@") for contact in self.contacts)
        return any(written.startswith(f"{local}+") and written.endswith(f"@{domain}") for local, _, domain in ends)


NOBODY = OwnGuests()


def like(contact: str, run: str = "%") -> str:
    """A LIKE pattern of the guests under this contact, of this run alone where one is named."""
    local, _, domain = contact.partition("@")
    escaped = local.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}+{run}-%@{domain}"


def held_by(items: Iterable[Occupation]) -> str:
    """Whose guests these are, for people: `3 by other guests and 2 by earlier runs of this suite`; empty for none."""
    whose = [_whose(item) for item in items]
    return series([f"{whose.count(who)} by {who}" for who in (OTHERS, THIS_RUN, EARLIER) if who in whose])


OTHERS, THIS_RUN, EARLIER = "other guests", "this run", "earlier runs of this suite"


def _whose(item: Occupation) -> str:
    if not item.by_tests:
        return OTHERS
    return THIS_RUN if item.by_this_run else EARLIER
