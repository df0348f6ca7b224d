"""What the suite's role may see of the database: asked before anything is booked, and again before anybody is accused.

What is hidden shows as rows that are not there: without these checks a verdict could rest on them.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from bookingflow.core.alike import most_alike
from bookingflow.core.errors import EvidenceHidden
from bookingflow.core.patterns import pattern
from bookingflow.core.problems import Problem
from bookingflow.core.text import plural, series
from bookingflow.core.timing import Deadline
from bookingflow.platform.connection import REPLICA, TO_THE_PRIMARY
from bookingflow.platform.database.columns import WHOLE_ROW, columns_read
from bookingflow.platform.database.questions import Questions
from bookingflow.platform.database_models import Access, Relation, SessionFacts

NEEDED = ("bookings", "booking_table_assignments", "table_inventory", "zones", "restaurants")
"""Tables without which nothing can be judged; all others that the statements read help."""
SETTING = "BOOKING_DATABASE_URL"
DOCS = "docs/live-platform.md has the SQL of a role that sees all and changes nothing."
VIEW_KINDS = frozenset({"v", "m"})

_PLAIN_NAME = pattern(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class AccessReport:
    """What was found of the session: its facts, what keeps it from judging, what its readers should know."""

    facts: SessionFacts
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


class AccessQuestions(Questions):
    """Questions about the session itself."""

    SESSION: LiteralString = """
    SELECT current_user::text AS role, u.rolsuper AS owns_everything,
           u.rolsuper OR u.rolbypassrls AS bypasses_row_security,
           current_setting('search_path') AS search_path, pg_is_in_recovery() AS replica,
           current_setting('transaction_read_only') = 'on' AS read_only,
           extract(epoch FROM clock_timestamp())::numeric AS now
      FROM pg_roles u WHERE u.rolname = current_user"""

    def session_facts(self, deadline: Deadline | None = None, *, repeat_s: float | None = None) -> SessionFacts:
        """Who the suite is in the database."""
        row = self._session.ask(self.SESSION, {}, deadline, repeat_s=repeat_s)[0]
        return SessionFacts(**{**row, "now": float(row["now"])})

    # A view whose definition chooses no rows, of tables alone, shows all that they hold.
    RELATIONS: LiteralString = r"""
    SELECT a.name, coalesce(c.relkind::text, '') AS kind,
           coalesce(has_any_column_privilege(a.relation, 'SELECT'), false) AS granted,
           coalesce(has_table_privilege(a.relation, 'INSERT, UPDATE, DELETE, TRUNCATE'), false) AS writable,
           coalesce(c.relkind IN ('r', 'p')
                    OR c.relkind = 'v'
                       AND pg_get_viewdef(c.oid) !~* '\y(where|join|lateral|limit|offset|fetch)\y'
                       AND pg_get_viewdef(c.oid) !~* '\y(distinct|group|having|union|except|intersect)\y'
                       AND NOT EXISTS (SELECT 1 FROM pg_rewrite w
                                         JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                                              AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
                                         JOIN pg_class b ON b.oid = d.refobjid
                                        WHERE w.ev_class = c.oid AND b.relkind NOT IN ('r', 'p')), false) AS whole,
           ARRAY(SELECT k.attname::text FROM pg_attribute k
                  WHERE k.attrelid = a.relation AND k.attnum > 0 AND NOT k.attisdropped) AS columns,
           ARRAY(SELECT k.attname::text FROM pg_attribute k
                  WHERE k.attrelid = a.relation AND k.attnum > 0 AND NOT k.attisdropped
                    AND NOT has_column_privilege(a.relation, k.attnum, 'SELECT')) AS denied
      FROM (SELECT name, to_regclass(quote_ident(name)) AS relation FROM unnest(%(names)s::text[]) AS name) AS a
      LEFT JOIN pg_class c ON c.oid = a.relation"""

    # A view is read with the rights of its owner, or of who asks where it is marked so, down to the tables behind it.
    HIDDEN: LiteralString = """
    WITH RECURSIVE me AS (SELECT oid FROM pg_roles WHERE rolname = current_user),
    reading AS (
        SELECT name, to_regclass(quote_ident(name))::oid AS relation, me.oid AS reader
          FROM unnest(%(names)s::text[]) AS name, me
        UNION
        SELECT r.name, d.refobjid,
               CASE WHEN c.reloptions::text ~* 'security_invoker=(true|on|yes|1)' THEN me.oid ELSE c.relowner END
          FROM me CROSS JOIN reading r JOIN pg_class c ON c.oid = r.relation AND c.relkind IN ('v', 'm')
          JOIN pg_rewrite w ON w.ev_class = c.oid
          JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
               AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
    ),
    policies AS (
        SELECT r.name, r.relation, r.reader, p.polpermissive AS permissive,
               coalesce(pg_get_expr(p.polqual, p.polrelid) = 'true', NOT p.polpermissive) AS opens
          FROM reading r JOIN pg_policy p ON p.polrelid = r.relation AND p.polcmd IN ('*', 'r')
         WHERE 0 = ANY (p.polroles)
            OR EXISTS (SELECT 1 FROM unnest(p.polroles) AS role WHERE pg_has_role(r.reader, role, 'USAGE'))
    )
    SELECT DISTINCT r.name, c.relname::text AS hidden_in
      FROM reading r JOIN pg_class c ON c.oid = r.relation JOIN pg_roles u ON u.oid = r.reader
     WHERE c.relrowsecurity AND NOT (u.rolsuper OR u.rolbypassrls)
       AND (c.relforcerowsecurity OR NOT pg_has_role(r.reader, c.relowner, 'USAGE'))
       AND NOT coalesce((SELECT bool_or(p.permissive AND p.opens) AND bool_and(p.permissive OR p.opens)
                           FROM policies p
                          WHERE (p.name, p.relation, p.reader) = (r.name, r.relation, r.reader)), false)
     ORDER BY 1, 2"""

    def relations(self, deadline: Deadline | None = None, *, sees_all: bool = False) -> dict[str, Relation]:
        """Every table that the suite's statements read, by name, as the role finds it.

        Of a role that `sees_all` only views are looked behind, which takes as long again as all the rest.
        """
        names = sorted(self.columns_read())
        rows = self._session.ask(self.RELATIONS, {"names": names}, deadline)
        hidden: dict[str, list[str]] = {name: [] for name in names}
        if not sees_all or any(row["kind"] in VIEW_KINDS for row in rows):
            for row in self._session.ask(self.HIDDEN, {"names": names}, deadline):
                hidden[row["name"]].append(row["hidden_in"])
        return {
            row["name"]: Relation(
                name=row["name"],
                kind=row["kind"],
                granted=row["granted"],
                writable=row["writable"],
                whole=row["whole"],
                columns=frozenset(row["columns"]),
                denied=frozenset(row["denied"]),
                hidden_in=tuple(hidden[row["name"]]),
            )
            for row in rows
        }

    NAMES: LiteralString = """
    SELECT c.relname::text AS name, n.nspname::text AS schema, pg_table_is_visible(c.oid) AS searched
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema'
       AND n.nspname NOT LIKE 'pg\\_%%'"""

    OFFSETS: LiteralString = """
    SELECT at, extract(epoch FROM (at AT TIME ZONE %(zone)s) - (at AT TIME ZONE 'UTC'))::int AS seconds
      FROM unnest(%(instants)s::timestamptz[]) AS at"""

    def offsets(self, zone: str, instants: Sequence[datetime.datetime]) -> dict[datetime.datetime, datetime.timedelta]:
        """How far the zone is ahead of UTC at each of these instants, by the database's own time zone data."""
        rows = self._session.ask(self.OFFSETS, {"zone": zone, "instants": list(instants)})
        return {row["at"]: datetime.timedelta(seconds=row["seconds"]) for row in rows}

    def examine(self, deadline: Deadline | None = None, *, repeat_s: float | None = None) -> AccessReport:
        """Find out what the role may see, and remember it; raises TargetUnreachable.

        A connection that fails is tried again for this many seconds, or until the deadline.
        """
        facts = self.session_facts(deadline, repeat_s=repeat_s)
        relations, read = self.relations(deadline, sees_all=facts.bypasses_row_security), self.columns_read()
        self.access = _access(relations, read)
        problems = _of_session(facts)
        if not all(relations[name].kind for name in NEEDED):
            problems += _missing(facts, relations, self._session.ask(self.NAMES, {}, deadline))
        problems += _of_relations(facts, relations, read)
        notes = _notes(facts, relations, self.access, pooled=self._session.by_transaction)
        return AccessReport(facts, tuple(problems), tuple(notes))

    def check_evidence(self, deadline: Deadline | None = None) -> None:
        """Raise EvidenceHidden unless the rows a verdict hangs on can be seen; learn what else is readable."""
        problems = self.examine(deadline).problems
        if problems:
            raise EvidenceHidden(
                " ".join(problem.sentence for problem in problems), hint=" ".join(problem.mend for problem in problems)
            )

    def columns_read(self) -> dict[str, set[str]]:
        """The columns of the platform's tables that the suite's statements read, by table."""
        statements = (
            value
            for part in type(self).__mro__
            if part is not AccessQuestions  # its own ask the catalogue
            for name, value in vars(part).items()
            if name.isupper() and isinstance(value, str)
        )
        return columns_read(statements)

    def server_version(self) -> str:
        """The version of PostgreSQL, as it names itself."""
        return str(self._session.ask("SHOW server_version", {})[0]["server_version"])


def _access(relations: Mapping[str, Relation], read: Mapping[str, set[str]]) -> Access:
    def showsseries(name: str) -> bool:
        """What a view leaves out is not known."""
        return relations[name].whole and not relations[name].hidden_in

    return Access(
        {relation.name for relation in relations.values() if _is_readable(relation, read[relation.name])},
        every_booking=showsseries("bookings"),
        every_table=showsseries("booking_table_assignments")
        and showsseries("table_inventory")
        and showsseries("zones"),
    )


def _is_readable(relation: Relation, read: set[str]) -> bool:
    return relation.granted and not (relation.hidden_in or _lacks(relation, read) or _denied(relation, read))


def _lacks(relation: Relation, read: set[str]) -> list[str]:
    return sorted(read - relation.columns - {WHOLE_ROW})


def _denied(relation: Relation, read: set[str]) -> list[str]:
    return sorted(relation.denied if WHOLE_ROW in read else relation.denied & read)


def _problem(code: str, sentence: str, mend: str) -> Problem:
    return Problem(code, SETTING, sentence, mend)


def _of_session(facts: SessionFacts) -> list[Problem]:
    found = []
    if facts.replica:
        found.append(_problem("replica", REPLICA, TO_THE_PRIMARY))
    elif not facts.read_only:
        found.append(
            _problem(
                "read_only_not_held",
                f'The session of the role "{facts.role}" ({SETTING}) was asked to be read-only and is not.',
                "Something between (a pooler) drops what sessions ask for: connect to the database itself, or to a "
                "pooler in session mode.",
            )
        )
    return found


def _missing(
    facts: SessionFacts, relations: Mapping[str, Relation], others: Sequence[Mapping[str, Any]]
) -> list[Problem]:
    """The tables that are not there, with where they are or what they may be called now; `others` are all there are."""
    missing = [relation for name in NEEDED if not (relation := relations[name]).kind]
    schemas = sorted({other["schema"] for other in others if other["name"] in {one.name for one in missing}})
    names = [other["name"] for other in others if other["searched"]]
    renamed = _renamed([relation.name for relation in missing], names)
    if schemas:
        mend = f"There are such tables in {series(schemas)}: ALTER ROLE {_quoted(facts.role)} SET search_path = "
        mend += f"{', '.join(map(_quoted, schemas))}; and GRANT USAGE ON SCHEMA to the role."
    else:
        mend = " ".join(renamed) or f"Is {SETTING} the platform's own database?"
    tables = series([relation.name for relation in missing])
    noun = plural(len(missing), "table")
    sentence = f'The database of {SETTING} has no {noun} {tables} where the role "{facts.role}" searches'
    return [_problem("tables_missing", f"{sentence} ({facts.search_path}).", mend)]


def _of_relations(
    facts: SessionFacts, relations: Mapping[str, Relation], read: Mapping[str, set[str]]
) -> list[Problem]:
    found, there = [], [relation for name in NEEDED if (relation := relations[name]).kind]
    refused = [relation.name for relation in there if not relation.granted]
    if refused:
        found.append(
            _problem(
                "evidence_hidden",
                f'The role "{facts.role}" ({SETTING}) may not read {series(refused)}.',
                f"GRANT SELECT ON {', '.join(refused)} TO {_quoted(facts.role)}; {DOCS}",
            )
        )
    for relation in there:
        denied = _denied(relation, read[relation.name]) if relation.granted else []
        if denied:
            noun = plural(len(denied), "column")
            found.append(
                _problem(
                    "evidence_hidden",
                    f'The role "{facts.role}" ({SETTING}) may not read the {noun} {series(denied)} of {relation.name}.',
                    f"GRANT SELECT ({', '.join(denied)}) ON {relation.name} TO {_quoted(facts.role)}; {DOCS}",
                )
            )
    hidden = {relation.name: relation.hidden_in for relation in there if relation.hidden_in}
    if hidden:
        behind = sorted({table for name, tables in hidden.items() for table in tables if tables != (name,)})
        through = f", through views of {series(behind)}" if behind else ""
        found.append(
            _problem(
                "evidence_hidden",
                f'Row-level security may hide rows of {series(list(hidden))} from the role "{facts.role}" ({SETTING})'
                f"{through}: what is hidden could not be distinguished from what is not there.",
                f"ALTER ROLE {_quoted(facts.role)} BYPASSRLS; {DOCS}"
                if not facts.bypasses_row_security
                else f"The owner of the views needs BYPASSRLS. {DOCS}",
            )
        )
    copies = [relation.name for relation in there if relation.kind == "m"]
    if copies:
        found.append(
            _problem(
                "replica",
                f"What is called {series(copies)} is a materialised view: as old as its last refresh.",
                "Let the role search the schema of the platform's own tables first.",
            )
        )
    for relation in there:
        lacking = _lacks(relation, read[relation.name])
        if lacking:
            found.append(_problem("columns_missing", *_lacking(relation, lacking)))
    return found


def _renamed(missing: Iterable[str], there: Collection[str]) -> list[str]:
    """What the missing names may have become, each as a question."""
    meant = {name: most_alike(name, there) for name in missing}
    return [f"{name}: did you mean {other}?" for name, other in meant.items() if other]


def _lacking(relation: Relation, lacking: Collection[str]) -> tuple[str, str]:
    noun = plural(len(lacking), "column")
    unread = sorted(relation.columns - set(lacking))
    renamed = _renamed(lacking, unread)
    return (
        f"The table {relation.name} has no {noun} {series(sorted(lacking))}, which the suite reads.",
        f"{' '.join(renamed)} docs/platform.md lists what the suite relies on.".strip(),
    )


def _notes(facts: SessionFacts, relations: Mapping[str, Relation], access: Access, *, pooled: bool) -> list[Problem]:
    found = []
    writable = [name for name in NEEDED if relations[name].writable]
    if writable:
        if facts.owns_everything:
            mend = f"Use a role of its own that can't. {DOCS}"
        else:
            # It may be the platform's own, which could do nothing any more.
            revoke = f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {', '.join(writable)} FROM {_quoted(facts.role)}"
            mend = f"Use a role of its own that can't; if nothing but the suite logs in by this one, {revoke}; {DOCS}"
        sentence = (
            f'The role "{facts.role}" ({SETTING}) can write {series(writable)}; the suite\'s session is read-only.'
        )
        found.append(_problem("role_can_write", sentence, mend))
    if pooled:
        found.append(
            _problem(
                "pooler",
                f"The database of {SETTING} is asked through a pooler: each look is a read-only transaction.",
                "A direct connection is faster, or a pooler in session mode that takes `options`.",
            )
        )
    unread = sorted(set(relations) - set(NEEDED) - access.readable)
    if unread:
        found.append(
            _problem(
                "not_compared",
                f'The role "{facts.role}" ({SETTING}) does not read {series(unread)}: what they would show is not '
                "compared, and explanations are poorer.",
                DOCS,
            )
        )
    return found


def _quoted(name: str) -> str:
    """A name as SQL takes it."""
    doubled = name.replace('"', '""')
    return name if _PLAIN_NAME.fullmatch(name) else f'"{doubled}"'
