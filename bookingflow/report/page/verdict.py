"""The top of the report page: the verdict, the causes of what broke or was not judged, and who can act.

Made of the page's own results, so that it counts what the page shows. Its script does no more than hide it while one
result fills the window.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bookingflow.audit.giving_up import NOT_TRIED
from bookingflow.core.failures import weight_of
from bookingflow.core.known_breaches import PREFIX as KNOWN
from bookingflow.core.scenario_ids import id_among
from bookingflow.core.text import counted
from bookingflow.report.allure import CAUSE, CUT_OFF, THE_RUN, WHO_CAN_ACT
from bookingflow.report.allure_results.environment import RATE

MOST_CAUSES, MOST_IDS, LONGEST_CAUSE = 6, 5, 160
"""Rows that are seen without opening the rest, promises named in one of them, and characters of a cause."""
AS_A_WHOLE = "the run as a whole"
"""What a result is called whose name is the cause that stands beside it."""
FACTS = ("Target", "Restaurant", RATE)
"""What the page's metadata says of the run, as far as the first look needs it."""

STYLE = """
#verdict{--page:#fff;--text:#1f2933;--soft:#52606d;--line:#cbd2d9;--link:#1d4f91;--mark:#1a7f37;
font:14px/1.45 system-ui,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;color:var(--text);background:var(--page);
border-left:6px solid var(--mark);border-bottom:1px solid var(--line);padding:10px 16px;box-sizing:border-box}
#verdict[hidden]{display:none}
#verdict.broken{--mark:#b3261e}
#verdict.not_judged{--mark:#8a5a00}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]) #verdict{--page:#141a21;--text:#e6edf3;--soft:#a9b7c4;
--line:#3b4754;--link:#8ab8f5;--mark:#5ccb7a}
:root:not([data-theme=light]) #verdict.broken{--mark:#ff8a80}
:root:not([data-theme=light]) #verdict.not_judged{--mark:#f2c14e}}
:root[data-theme=dark] #verdict{--page:#141a21;--text:#e6edf3;--soft:#a9b7c4;--line:#3b4754;--link:#8ab8f5;
--mark:#5ccb7a}
:root[data-theme=dark] #verdict.broken{--mark:#ff8a80}
:root[data-theme=dark] #verdict.not_judged{--mark:#f2c14e}
#verdict>*{max-width:1280px;margin:0 auto}
#verdict h1{font-size:19px;line-height:1.3;font-weight:600}
#verdict h1 b{color:var(--mark)}
#verdict p{color:var(--soft)}
#verdict table{border-collapse:collapse;margin-top:8px;width:100%}
#verdict th,#verdict td{text-align:left;vertical-align:top;padding:4px 16px 4px 0;border-top:1px solid var(--line)}
#verdict th{font-weight:600;color:var(--soft);border-top:0;white-space:nowrap}
#verdict td:nth-child(1){width:46%}
#verdict td:nth-child(3){width:16%;padding-right:0}
#verdict code{font:12px ui-monospace,Menlo,Consolas,monospace;color:var(--soft)}
#verdict a{color:var(--link)}
#verdict a.id{white-space:nowrap}
#verdict summary{cursor:pointer;margin-top:6px}
@media (max-width:700px){#verdict thead{display:none}
#verdict tr{display:block;padding:6px 0;border-top:1px solid var(--line)}
#verdict td:nth-child(n){display:block;border:0;padding:0;width:auto}
#verdict td:nth-child(3):not(:empty)::before{content:"Who can act: ";color:var(--soft)}
[data-testid=test-result-step-header],[data-testid=test-result-attachment-header]{flex-wrap:wrap}
[data-testid=test-result-step-title]{flex:0 1 calc(100% - 84px);word-break:normal}
#app [data-testid=tree-content]{padding-left:4px}
#app [data-testid=tree-leaf]{flex-wrap:wrap}
#app [data-testid=tree-leaf-title]{flex:0 1 calc(100% - 56px);word-break:normal}
#app [data-testid=tree-leaf-title]~*{margin-left:44px}}
@media (min-width:701px){body{display:flex;flex-direction:column;height:100vh}
#verdict{flex:none;max-height:60vh;overflow:auto}
#app{flex:1;min-height:0}#app>div{height:100%}}
"""
"""Beside the page's own style; on a wide window both share its height, on a narrow one the page scrolls as a whole."""
SCRIPT = """
setInterval(() => { document.getElementById("verdict").hidden = location.hash.length > 1; }, 100);
"""
"""One result takes the whole window. Allure moves between them without an event that others could hear."""


@dataclass(frozen=True)
class Result:
    """What the first look needs of a result."""

    name: str
    status: str
    link: str
    cause: str
    actor: str
    of_the_run: bool
    known: bool
    not_tried: bool
    """Given up beforehand, which the results call skipped."""
    message: str
    """Its first sentence."""

    @classmethod
    def read(cls, result: Mapping[str, Any]) -> Result:
        """Read a result as the page carries it."""
        labels: dict[str, list[str]] = result.get("groupedLabels", {})
        message = str((result.get("error") or {}).get("message") or "")
        first = _first_sentence(message)
        return cls(
            name=id_among(labels.get("tag", ())) or str(result["name"]),
            status=str(result["status"]),
            link=f"#{result['id']}",
            cause="".join(labels.get(CAUSE, ())) or first or "No reason is given",
            actor="".join(labels.get(WHO_CAN_ACT, ())),
            of_the_run=THE_RUN in labels.get("feature", ()),
            known=message.startswith(KNOWN),
            not_tried=message.startswith(NOT_TRIED),
            message=first,
        )


@dataclass(frozen=True)
class Verdict:
    """How the run ended, by its results."""

    results: Sequence[Result]

    def of(self, *statuses: str, run: bool = False) -> list[Result]:
        """The promises, or what the run as a whole found, that ended so."""
        return [item for item in self.results if item.status in statuses and item.of_the_run == run]

    @property
    def word(self) -> str:
        """`broken`, `not_judged` or `kept`."""
        if any(item.status == "failed" for item in self.results):
            return "broken"
        judged = any(item.status == "passed" or item.known for item in self.results)
        left = any(item.status == "broken" or item.not_tried for item in self.results)
        return "kept" if judged and not left else "not_judged"

    @property
    def asked(self) -> int:
        """Promises that this run was to judge; those skipped were not."""
        return sum(
            not item.of_the_run and (item.status != "skipped" or item.known or item.not_tried) for item in self.results
        )

    def headline(self) -> tuple[str, str]:
        """The verdict in a word, and of how many promises it is true."""
        promises = self.asked
        broken, found = len(self.of("failed")), len(self.of("failed", run=True))
        if self.word == "broken":
            parts = [f"{broken} of {counted(promises, 'promise')}"] if broken else []
            return "Broken", " and ".join([*parts, *([counted(found, "finding")] if found else [])])
        if self.cut_off:
            return "Cut off", f"{counted(len(self.of('passed')), 'promise')} kept until then"
        left = len(self.of("broken")) + len(self.not_tried)
        if self.word == "not_judged":
            return "Not judged", f"{left} of {counted(promises, 'promise')}" if left else "the run as a whole"
        return "Kept", counted(len(self.of("passed")), "promise")

    @property
    def cut_off(self) -> list[str]:
        """Why the run ended before its end, in a sentence; empty where it did not."""
        return [item.message for item in self.of("broken", run=True) if item.name == CUT_OFF]

    @property
    def not_tried(self) -> list[Result]:
        """The promises that were given up beforehand."""
        return [item for item in self.of("skipped") if item.not_tried]

    def counts(self) -> str:
        """`185 promises: 139 kept, 46 broken; 2 findings`"""
        known = [item for item in self.of("skipped") if item.known]
        numbers = {
            "kept": len(self.of("passed")),
            "broken": len(self.of("failed")),
            "broken as known": len(known),
            "not judged": len(self.of("broken", "unknown")),
            "not tried": len(self.not_tried),
            "skipped": len(self.of("skipped")) - len(known) - len(self.not_tried),
        }
        said = ", ".join(f"{number} {words}" for words, number in numbers.items() if number)
        parts = [f"{counted(self.asked, 'promise').capitalize()}: {said}" if said else "No scenario ran"]
        found = len(self.of("failed", run=True))
        parts += [counted(found, "finding")] if found else []
        not_judged = ["the run as a whole was not judged"] if self.of("broken", run=True) else []
        parts += self.cut_off or not_judged
        return "; ".join(parts)

    def causes(self) -> list[list[Result]]:
        """What is not green, by cause: broken promises, then what only the run found, what was not judged or tried; in
        each of them the worst first.
        """
        groups: dict[tuple[str, str], list[Result]] = {}
        for item in sorted(self.results, key=lambda item: item.of_the_run):
            if item.status in {"failed", "broken"} or item.not_tried:
                groups.setdefault((item.status, item.cause), []).append(item)
        order = ("failed", "broken", "skipped").index

        def place(group: list[Result]) -> tuple[int, bool, int, int]:
            first, (_, code) = group[0], _title_and_code(group[0].cause)
            return order(first.status), first.of_the_run, weight_of(code), -len(group)

        return sorted(groups.values(), key=place)


def verdict_panel(results: Iterable[Mapping[str, Any]], environment: Iterable[Mapping[str, Any]] = ()) -> str:
    """The panel as HTML, with its style and script; `environment` is the page's metadata. Every word is escaped."""
    verdict = Verdict([Result.read(result) for result in results])
    word, of = verdict.headline()
    metadata = {str(item["name"]): " ".join(map(str, item["values"])) for item in environment}
    facts = [verdict.counts(), *(metadata[name] for name in FACTS if name in metadata)]
    causes = [_row(group) for group in verdict.causes()]
    parts = [
        f"<h1><b>{word}:</b> {html.escape(of)}</h1>",
        f"<p>{' · '.join(map(html.escape, facts))}</p>",
        _table(causes[:MOST_CAUSES]),
    ]
    if causes[MOST_CAUSES:]:
        more = counted(len(causes) - MOST_CAUSES, "more cause")
        parts.append(f"<details><summary>{more}</summary>{_table(causes[MOST_CAUSES:])}</details>")
    opening = f'<section id="verdict" class="{verdict.word}" aria-label="Verdict" tabindex="0">'
    return f"<style>{STYLE}</style>{opening}{''.join(parts)}</section><script>{SCRIPT}</script>"


def _table(rows: Sequence[str]) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Cause", "Promises", "Who can act"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _row(group: Sequence[Result]) -> str:
    """A cause: its title and code, the promises with a link to the first of each id, and who can act."""
    title, code = _title_and_code(group[0].cause)
    times, links = Counter(item.name for item in group), {item.name: item.link for item in reversed(group)}
    named = [
        _link(links[name], AS_A_WHOLE if name == title else name) + (f" ×{times[name]}" if times[name] > 1 else "")
        for name in sorted(times)[:MOST_IDS]
    ]
    if len(times) > MOST_IDS:
        named.append(f"and {len(times) - MOST_IDS} more")
    cause = html.escape(title) + (f" <code>{html.escape(code)}</code>" if code else "")
    return f"<tr><td>{cause}</td><td>{', '.join(named)}</td><td>{html.escape(group[0].actor)}</td></tr>"


def _link(address: str, text: str) -> str:
    """A link to a result; an id is never broken at its hyphen."""
    kind = "" if " " in text else ' class="id"'
    return f'<a{kind} href="{html.escape(address)}">{html.escape(text)}</a>'


def _first_sentence(message: str) -> str:
    """The first sentence of a message without a cause of its own, cut where it is long."""
    first = message.strip().partition("\n")[0].partition(". ")[0].strip()
    return first if len(first) <= LONGEST_CAUSE else f"{first[:LONGEST_CAUSE]}…"


def _title_and_code(cause: str) -> tuple[str, str]:
    """`A table is lost [table_lost]` taken apart."""
    title, bracket, rest = cause.rpartition(" [")
    return (title, rest.removesuffix("]")) if bracket and rest.endswith("]") else (cause, "")
