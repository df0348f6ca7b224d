"""Where a run took place: readable by Allure, recognised on the common CI systems, and nothing secret in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.settings.loading import load
from bookingflow.platform.database_models import Restaurant
from bookingflow.report.allure_results.environment import environment, executor, write_environment
from bookingflow.world import World
from tests.support.sessions import session


class Platform:
    """What a world asks of a platform to describe it."""

    base_url = "https://user:hush-hush@booking.example"

    def server_version(self) -> str:
        return "17.2"


def said(**variables: str) -> dict[str, str]:
    settings = load({}, {}, variables, Path("nowhere.env"))
    home = Restaurant("id", "demo-restaurant", "Café Zürich", "Europe/London")
    joined = session(settings=settings, api=cast("Any", Platform()), database=Platform(), home=home)
    world = World(joined, KnownBreaches([], joined.clock.now().date()))
    return environment(world)


def test_it_tells_target_restaurant_versions_and_settings() -> None:
    found = said(BOOKING_PARTY_SIZE="6", BOOKING_EXPECT="merges")
    assert found["Target"] == "the demo platform, started for this run"
    assert (found["Restaurant"], found["Time zone"]) == ("Café Zürich (demo-restaurant)", "Europe/London")
    assert (found["PostgreSQL"], found["behave"]) == ("17.2", "1.3.3")
    assert (found["party_size"], found["expect"]) == ("6", "merges")


def test_it_tells_no_secret_and_no_contact() -> None:
    secrets = {
        "BOOKING_API_BASE_URL": "https://user:hush-hush@booking.example",
        "BOOKING_DATABASE_URL": "postgresql://reader:hush-hush@db.example/postgres",
        "BOOKING_JOB_URL": "https://job.example/run?token=hush-hush",
        "BOOKING_JOB_TOKEN": "hush-hush",
        "TEST_CUSTOMER_NAME": "Maximiliana Featheringham",
        "TEST_CUSTOMER_EMAIL": "maximiliana@guest.example",
        "TEST_CUSTOMER_PHONE": "+447700900123",
    }
    found = said(**secrets)
    assert found["Target"] == "a live platform"
    assert found["Platform"] == "https://user:***@booking.example"
    everything = " ".join(found.values())
    for hidden in ("hush-hush", "Maximiliana", "maximiliana", "Featheringham", "900123"):
        assert hidden not in everything


def read_properties(text: str) -> dict[str, str]:
    """As Java reads it, for the escapes that are used here."""
    found = {}
    for line in text.splitlines():
        key, value = line.replace(r"\=", "\0").replace(r"\:", "\1").split("=", 1)
        plain = (part.replace(r"\ ", " ").replace("\0", "=").replace("\1", ":") for part in (key, value))
        name, content = (part.encode("ascii").decode("unicode_escape") for part in plain)
        found[name] = content.encode("utf-16", "surrogatepass").decode("utf-16")
    return found


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    odd = {"Time zone": "Europe/London", "a=b:c": "x=y:z", "path": r"C:\new", "name": "Café 訂位 😀", "last": "#!"}
    write_environment(tmp_path, odd)
    assert read_properties((tmp_path / "environment.properties").read_text(encoding="ascii")) == odd


def test_no_value_can_begin_another_line(tmp_path: Path) -> None:
    write_environment(tmp_path, {"notes": "one\nPlatform=forged\r\ntwo\u2028three\x1b[31m"})
    (line,) = (tmp_path / "environment.properties").read_text(encoding="ascii").splitlines()
    assert line.startswith("notes=one Platform=forged two three")


GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "team/booking",
    "GITHUB_RUN_ID": "7711",
    "GITHUB_RUN_NUMBER": "42",
    "GITHUB_WORKFLOW": "acceptance",
}
SYSTEMS = {
    "github": (GITHUB, "acceptance #42", "https://github.example/team/booking/actions/runs/7711"),
    "gitlab": (
        {
            "GITLAB_CI": "true",
            "CI_JOB_NAME": "smoke",
            "CI_PIPELINE_IID": "42",
            "CI_JOB_URL": "https://gitlab.example/j/9",
        },
        "smoke #42",
        "https://gitlab.example/j/9",
    ),
    "jenkins": (
        {
            "JENKINS_URL": "https://ci.example",
            "JOB_NAME": "a",
            "BUILD_NUMBER": "42",
            "BUILD_URL": "https://ci.example/a/42",
        },
        "a #42",
        "https://ci.example/a/42",
    ),
    "azure": (
        {
            "TF_BUILD": "True",
            "SYSTEM_COLLECTIONURI": "https://dev.example/org/",
            "SYSTEM_TEAMPROJECT": "booking",
            "BUILD_BUILDID": "42",
            "BUILD_DEFINITIONNAME": "nightly",
        },
        "nightly #42",
        "https://dev.example/org/booking/_build/results?buildId=42",
    ),
    "circleci": (
        {
            "CIRCLECI": "true",
            "CIRCLE_JOB": "a",
            "CIRCLE_BUILD_NUM": "42",
            "CIRCLE_BUILD_URL": "https://circle.example/42",
        },
        "a #42",
        "https://circle.example/42",
    ),
    "bitbucket": (
        {
            "BITBUCKET_BUILD_NUMBER": "42",
            "BITBUCKET_GIT_HTTP_ORIGIN": "https://bb.example/team/booking",
            "BITBUCKET_REPO_FULL_NAME": "team/booking",
        },
        "team/booking #42",
        "https://bb.example/team/booking/pipelines/results/42",
    ),
    "teamcity": (
        {"TEAMCITY_VERSION": "2026.1", "TEAMCITY_PROJECT_NAME": "Booking", "BUILD_NUMBER": "42"},
        "Booking #42",
        None,
    ),
    "buildkite": (
        {
            "BUILDKITE": "true",
            "BUILDKITE_PIPELINE_SLUG": "a",
            "BUILDKITE_BUILD_NUMBER": "42",
            "BUILDKITE_BUILD_URL": "https://bk.example/42",
        },
        "a #42",
        "https://bk.example/42",
    ),
    "drone": (
        {
            "DRONE": "true",
            "DRONE_REPO": "a/b",
            "DRONE_BUILD_NUMBER": "42",
            "DRONE_BUILD_LINK": "https://drone.example/42",
        },
        "a/b #42",
        "https://drone.example/42",
    ),
}


@pytest.mark.parametrize("kind", SYSTEMS)
def test_the_common_ci_systems_are_recognised(kind: str) -> None:
    variables, name, page = SYSTEMS[kind]
    found = executor(variables)
    assert found is not None
    assert (found["type"], found["buildName"], found["buildOrder"]) == (kind, name, 42)
    assert found.get("buildUrl") == page


def test_outside_of_ci_there_is_none() -> None:
    assert executor({"PATH": "/bin", "BUILD_NUMBER": "3", "GITHUB_ACTIONS": ""}) is None


def test_what_a_system_does_not_tell_is_left_out() -> None:
    assert executor({"GITHUB_ACTIONS": "true"}) == {
        "name": "GitHub Actions",
        "type": "github",
        "reportName": "Booking acceptance",
    }
    without_number = executor({**GITHUB, "GITHUB_RUN_NUMBER": "42-b"})
    assert without_number is not None
    assert "buildOrder" not in without_number
