"""What of the environment reaches the demo's PostgreSQL."""

from __future__ import annotations

from demo.server_user import faked_clock

PRELOADED = "/usr/$LIB/faketime/libfaketime.so.1"


def test_the_server_lives_in_the_time_that_faketime_sets_and_knows_nothing_else() -> None:
    given = {
        "LD_PRELOAD": PRELOADED,
        "FAKETIME": "+1h",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_SHARED": "/faketime_sem_1 /faketime_shm_1",
        "BOOKING_JOB_TOKEN": "secret",
    }
    assert faked_clock(given) == {
        "LD_PRELOAD": PRELOADED,
        "FAKETIME": "+1h",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def test_another_preloaded_library_does_not_reach_the_server() -> None:
    assert faked_clock({"LD_PRELOAD": "/usr/lib/libjemalloc.so", "FAKETIME": "+1h"}) == {}
