"""The JUnit file of a whole run."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from bookingflow.core.known_breaches import PREFIX
from tests.support.whole_runs import breaches, run


def numbers(part: Element) -> tuple[str | None, ...]:
    return tuple(part.get(name) for name in ("tests", "failures", "errors", "skipped"))


def test_a_run_writes_it_with_its_known_breach_and_the_runs_own_failure(tmp_path: Path) -> None:
    done, _ = run(
        tmp_path,
        "--tags=@BOOK-024,@BOOK-002",
        BOOKING_DEMO_DEFECTS="seating-wish-ignored,email-lost",
        BOOKING_KNOWN_BREACHES=breaches(tmp_path, "2999-12-31"),
    )
    assert done.returncode == 1
    root = ElementTree.parse(tmp_path / "reports" / "junit.xml").getroot()
    cases = {str(case.get("name"))[:8]: case for case in root.iter("testcase")}
    assert cases.keys() == {"BOOK-002", "BOOK-024", "Guests' "}
    skipped = cases["BOOK-024"].find("skipped")
    assert skipped is not None
    assert (skipped.get("message") or "").startswith(f"{PREFIX}: Wishes for a place are ignored.")
    assert [part.tag for part in cases["BOOK-002"]] == ["properties"]
    assert cases["Guests' "][0].get("type") == "email_not_stored"
    assert numbers(root) == ("6", "1", "0", "4"), "four rows of an outline"
