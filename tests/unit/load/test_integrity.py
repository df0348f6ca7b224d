"""The bookings of a load are judged again at its end, and undone where a way is set up."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bookingflow.core.errors import TargetUnreachable
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.platform.cancellation import Ownership, Undone
from bookingflow.platform.database_models import BookingRow
from load.guest_ends import End, GuestEnd
from load.integrity import Judged, all_bookings, own_bookings, undo
from tests.support.fakes import BOOKING_ID
from tests.support.promises import Scene
from tests.support.stored import KEPT

OTHER_ID = "0f0f0f0f-5cc1-47c2-8453-2aa55b383a7e"
NOTHING_KNOWN = KnownBreaches([], datetime.date(2026, 11, 26))
GUEST = GuestEnd(0.0, End.TABLE, email="a@example.com", key="key", booking_id=BOOKING_ID)
LOST = GuestEnd(0.0, End.NOT_JUDGED, email="b@example.com", key="other key")


def booked() -> Scene:
    """A booking that was seen confirmed, with a table."""
    scene = Scene()
    scene.booked().seen.append((0.1, "confirmed", 1))
    return scene


def codes(judged: Judged) -> list[str]:
    return [finding.code for finding in judged.findings(NOTHING_KNOWN)]


def test_bookings_that_are_as_they_were_asked_for_are_fine() -> None:
    scene = booked()
    judged = own_bookings(scene.session, NOTHING_KNOWN)
    assert (codes(judged), judged.errors, judged.looked_at) == ([], [], 1)


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (replace(KEPT, notes="Not what was asked for"), "notes_not_stored"),
        (replace(KEPT, status="pending", tables=()), "confirmation_withdrawn"),
    ],
)
def test_what_a_run_of_scenarios_would_find_is_found(now: BookingRow, code: str) -> None:
    scene = booked()
    scene.now_stored(now)
    assert code in codes(own_bookings(scene.session, NOTHING_KNOWN))


def test_a_table_that_two_guests_were_given_is_found_whichever_worker_they_were_of() -> None:
    scene = Scene()
    scene.house.rows = {
        BOOKING_ID: KEPT,
        OTHER_ID: replace(KEPT, id=OTHER_ID, reference="ABCDEFGHJK", idempotency_key="other key"),
    }
    assert codes(all_bookings(scene.session, [GUEST, LOST])) == ["double_booking"]


def test_a_confirmed_booking_without_a_table_is_found_and_one_without_a_window() -> None:
    scene = Scene()
    scene.house.rows[BOOKING_ID] = replace(KEPT, tables=())
    assert codes(all_bookings(scene.session, [GUEST])) == ["too_few_seats"]
    unsaid = replace(KEPT.tables[0], start_at=None)
    scene.house.rows[BOOKING_ID] = replace(KEPT, tables=(unsaid,))
    assert "table_time_missing" in codes(all_bookings(scene.session, [GUEST]))


def test_bookings_that_the_master_does_not_see_are_not_called_fine() -> None:
    judged = all_bookings(Scene().session, [GUEST, LOST])
    assert judged.found == []
    assert judged.errors == [
        "1 of 1 booking can't be seen in this process's database; do all workers have the same target?"
    ]


def test_a_database_that_can_not_be_asked_accuses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(**_: object) -> list[BookingRow]:
        raise TargetUnreachable("It is gone.")

    scene = booked()
    monkeypatch.setattr(scene.house, "of_guests", gone)
    for judged in (all_bookings(scene.session, [GUEST]), own_bookings(scene.session, NOTHING_KNOWN)):
        assert judged.found == []
        assert "It is gone." in judged.errors[0]


def test_what_a_worker_found_survives_the_way_to_the_master() -> None:
    scene = booked()
    scene.now_stored(replace(KEPT, notes="Not what was asked for"))
    judged = own_bookings(scene.session, NOTHING_KNOWN)
    sent = Judged.from_message(judged.as_message())
    assert (codes(sent), sent.looked_at) == (codes(judged), 1)
    assert codes(sent)


class Cleaner:
    """Undoes all it is asked to but what it must leave."""

    cancels = True

    def __init__(self, *, left: str = "") -> None:
        self.asked: list[tuple[list[str], Ownership]] = []
        self.left = left

    def check(self) -> None:
        """It will be able to."""

    def undo(self, booking_ids: Sequence[str], ours: Ownership) -> Undone:
        self.asked.append((list(booking_ids), ours))
        return Undone({self.left: f"{self.left} is held."} if self.left else {})

    cancel = undo


def test_what_guests_made_is_undone_also_where_no_answer_named_it() -> None:
    scene, cleaner = Scene(), Cleaner()
    scene.session.cleaner = cleaner
    scene.house.rows[OTHER_ID] = replace(KEPT, id=OTHER_ID, idempotency_key="other key")
    assert undo(scene.session, [GUEST, LOST]) == []
    ((asked, ours),) = cleaner.asked
    assert asked == [OTHER_ID, BOOKING_ID]
    assert (ours.emails, ours.keys) == ({"a@example.com", "b@example.com"}, {"key", "other key"})


def test_what_no_guests_end_tells_of_is_undone_too() -> None:
    scene, cleaner = Scene(), Cleaner()
    scene.session.cleaner = cleaner
    scene.house.rows[OTHER_ID] = replace(KEPT, id=OTHER_ID, idempotency_key="other key")
    sent = Ownership({"a@example.com", "b@example.com"}, {"key", "other key"})
    assert undo(scene.session, [GUEST], sent) == []
    assert cleaner.asked == [([OTHER_ID, BOOKING_ID], sent)]


def test_a_cleaner_that_fails_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Undone:
        raise OSError("the disk is full")

    scene, cleaner = Scene(), Cleaner()
    scene.session.cleaner = cleaner
    monkeypatch.setattr(cleaner, "undo", fail)
    assert undo(scene.session, [GUEST]) == ["What was booked could not be undone: the disk is full"]


def test_what_could_not_be_undone_is_said() -> None:
    scene = Scene()
    scene.session.cleaner = Cleaner(left=BOOKING_ID)
    assert undo(scene.session, [GUEST]) == [f"{BOOKING_ID} is held."]


def test_nothing_is_undone_where_bookings_are_kept() -> None:
    assert undo(Scene().session, [GUEST]) == []
