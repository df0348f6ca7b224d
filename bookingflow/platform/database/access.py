"""What the suite's role may see: checked before anything is booked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString

from psycopg import sql

from bookingflow.core.errors import EvidenceHidden
from bookingflow.platform.database.questions import Questions
from bookingflow.platform.database_models import Access

NEEDED = ("bookings", "booking_table_assignments", "table_inventory", "zones", "restaurants")
HELPFUL = (
    "observability_events",
    "booking_state_history",
    "allocations",
    "table_holds",
    "table_hold_members",
    "booking_occasions",
    "restaurant_operating_hours",
    "restaurant_service_periods",
    "customers",
    "capacity_outbox",
    "booking_assignment_idempotency",
)


class AccessQuestions(Questions):
    """Questions about the session itself."""

    ACCESS: LiteralString = """
    SELECT name, to_regclass(name) IS NOT NULL AS there,
           coalesce(has_table_privilege(to_regclass(name), 'SELECT'), false) AS granted,
           coalesce(row_security_active(to_regclass(name)), false) AS filtered,
           EXISTS (SELECT 1 FROM pg_policies p
                    WHERE to_regclass(quote_ident(p.schemaname) || '.' || quote_ident(p.tablename)) = to_regclass(name)
                      AND p.permissive = 'PERMISSIVE' AND p.cmd IN ('ALL', 'SELECT') AND p.qual = 'true'
                      AND (p.roles && ARRAY['public', current_user]::name[])) AS opened
      FROM unnest(%(names)s::text[]) AS name"""

    def check_evidence(self) -> None:
        """Raise EvidenceHidden unless the rows a verdict hangs on can be seen; learn what else is readable."""
        rows = self._session.ask(self.ACCESS, {"names": [*NEEDED, *HELPFUL]})
        hidden = [row["name"] for row in rows if row["name"] in NEEDED and not self._can_see(row)]
        self.access = Access(
            {row["name"] for row in rows if row["name"] not in hidden and self._can_see(row)},
            every_booking=any(row["name"] == "bookings" and (not row["filtered"] or row["opened"]) for row in rows),
        )
        missing = [row["name"] for row in rows if row["name"] in NEEDED and not row["there"]]
        if missing:
            raise EvidenceHidden(
                f"The database of BOOKING_DATABASE_URL has no table {' and no '.join(missing)}.",
                hint="Is it the platform's own, and are its tables in a schema that the role searches?",
            )
        if hidden:
            raise EvidenceHidden(
                f"The database role of BOOKING_DATABASE_URL sees no rows of {', '.join(hidden)}: "
                "row-level security or missing grants hide them, so no verdict could be trusted.",
                hint="Use a role with BYPASSRLS and SELECT only; docs/live-platform.md has the SQL.",
            )

    def _can_see(self, row: Mapping[str, Any]) -> bool:
        if not (row["there"] and row["granted"]):
            return False
        if not row["filtered"] or row["opened"]:
            return True
        statement = sql.SQL("SELECT EXISTS (SELECT 1 FROM {}) AS seen").format(sql.Identifier(row["name"]))
        return bool(self._session.ask(statement, {})[0]["seen"])

    def server_version(self) -> str:
        """The version of PostgreSQL, as it names itself."""
        return str(self._session.ask("SHOW server_version", {})[0]["server_version"])
