"""Where a run took place: Allure's `environment.properties`, and `executor.json` where a CI system ran it."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from bookingflow.report.allure import ENVIRONMENT_FILE
from bookingflow.world import World

EXECUTOR_FILE = "executor.json"
REPORT_NAME = "Booking acceptance"
RATE = "Repetitions"
"""What a run that repeated is known by there: how often it failed, and the bound."""
PACKAGES = ("behave", "allure-behave", "httpx", "psycopg")
"""Those whose version can change what a run finds or shows."""


def write_surroundings(folder: Path, world: World, environ: Mapping[str, str]) -> None:
    """Write both files into the results folder, sanitized; on no CI system there is no `executor.json`."""
    write_environment(folder, environment(world))
    build = executor(environ)
    if build is not None:
        text = json.dumps(world.session.sanitizer.value(build), indent=2, ensure_ascii=False)
        (folder / EXECUTOR_FILE).write_text(f"{text}\n", encoding="utf-8")


def environment(world: World) -> dict[str, str]:
    """What a reader must know to understand a result: target, restaurant, versions, every setting; sanitized.

    Settings have the names that `-D` takes: a page cuts longer ones until they look alike.
    """
    session = world.session
    settings, sanitizer = session.settings, session.sanitizer
    kind = "a live platform"
    if settings.on_demo:
        kind = "the demo platform, started for this run" if settings.starts_demo else "a running demo platform"
    said = {
        "Target": kind,
        "Platform": session.api.base_url,
        "PostgreSQL": session.database.server_version(),
        "Restaurant": f"{session.home.name} ({session.home.slug})",
        "Time zone": session.home.timezone,
        "Run": session.run_id,
        "Suite": version("bookingflow"),
        "Python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
    }
    given = {name: sanitizer.value(value, name) for name, value in settings.public().items() if value}
    return {
        **{name: sanitizer.text(value) for name, value in said.items()},
        **given,
    }


def write_environment(folder: Path, said: Mapping[str, str]) -> None:
    """Java's properties format, in ASCII: what any version of Allure reads."""
    lines = [f"{escaped(name, ' :=#!')}={escaped(value)}" for name, value in said.items()]
    (folder / ENVIRONMENT_FILE).write_text("\n".join([*lines, ""]), encoding="ascii")


def escaped(text: str, special: str = "") -> str:
    """A text in that format: no line breaks, nothing that ends a key or begins a comment, no character beyond ASCII."""
    written = ""
    for mark in " ".join(text.split()):
        if mark == "\\" or mark in special:
            written += f"\\{mark}"
        elif mark.isascii() and mark.isprintable():
            written += mark
        else:
            units = mark.encode("utf-16-be", "surrogatepass")
            written += "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
    return written


# -- CI systems ------------------------------------------------------------------------------------------------

Variables = Mapping[str, str]
Build = tuple[str, str, str, str]
"""Name, address, number and page of a build; "" for what the system does not tell."""


def _github(given: Variables) -> Build:
    repository = _path(given.get("GITHUB_SERVER_URL"), given.get("GITHUB_REPOSITORY"))
    page = _path(repository, "actions/runs", given.get("GITHUB_RUN_ID"))
    return given.get("GITHUB_WORKFLOW", ""), repository, given.get("GITHUB_RUN_NUMBER", ""), page


def _azure(given: Variables) -> Build:
    project, number = (
        _path(given.get("SYSTEM_COLLECTIONURI"), given.get("SYSTEM_TEAMPROJECT")),
        given.get("BUILD_BUILDID"),
    )
    page = _path(project, f"_build/results?buildId={number}" if number else None)
    return given.get("BUILD_DEFINITIONNAME", ""), project, number or "", page


def _bitbucket(given: Variables) -> Build:
    repository, number = given.get("BITBUCKET_GIT_HTTP_ORIGIN", ""), given.get("BITBUCKET_BUILD_NUMBER", "")
    return given.get("BITBUCKET_REPO_FULL_NAME", ""), repository, number, _path(repository, "pipelines/results", number)


def _path(*parts: str | None) -> str:
    """The address made of these parts; "" when one of them is missing."""
    return "/".join(part.rstrip("/") for part in parts if part) if all(parts) else ""


def _by(name: str, address: str, number: str, page: str) -> Callable[[Variables], Build]:
    return lambda given: (given.get(name, ""), given.get(address, ""), given.get(number, ""), given.get(page, ""))


class System(NamedTuple):
    """A CI system: its type and name, and how its variables are read."""

    kind: str
    name: str
    read: Callable[[Variables], Build]
    run: str = ""
    """The variable that all jobs of one run share, one that is run again too, and no other run has; "" without one."""
    attempt: str = ""
    """The variable that counts how often a job of the run ran."""
    splits: bool = True
    """Whether jobs with different values are of different runs. Where it is not certain, as with Jenkins, one run may
    be spread over several builds."""


SYSTEMS: Mapping[str, System] = {
    "GITHUB_ACTIONS": System("github", "GitHub Actions", _github, "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"),
    "GITLAB_CI": System(
        "gitlab",
        "GitLab CI",
        _by("CI_JOB_NAME", "CI_PROJECT_URL", "CI_PIPELINE_IID", "CI_JOB_URL"),
        "CI_PIPELINE_ID",
    ),
    "JENKINS_URL": System(
        "jenkins", "Jenkins", _by("JOB_NAME", "JENKINS_URL", "BUILD_NUMBER", "BUILD_URL"), "BUILD_TAG", splits=False
    ),
    "TF_BUILD": System("azure", "Azure Pipelines", _azure, "BUILD_BUILDID", "SYSTEM_JOBATTEMPT"),
    "CIRCLECI": System(
        "circleci",
        "CircleCI",
        _by("CIRCLE_JOB", "", "CIRCLE_BUILD_NUM", "CIRCLE_BUILD_URL"),
        "CIRCLE_PIPELINE_ID",  # a workflow that is run again has an id of its own, in the same pipeline
    ),
    "BITBUCKET_BUILD_NUMBER": System(
        "bitbucket", "Bitbucket Pipelines", _bitbucket, "BITBUCKET_PIPELINE_UUID", "BITBUCKET_STEP_RUN_NUMBER"
    ),
    "TEAMCITY_VERSION": System("teamcity", "TeamCity", _by("TEAMCITY_PROJECT_NAME", "", "BUILD_NUMBER", "BUILD_URL")),
    "BUILDKITE": System(
        "buildkite",
        "Buildkite",
        _by("BUILDKITE_PIPELINE_SLUG", "", "BUILDKITE_BUILD_NUMBER", "BUILDKITE_BUILD_URL"),
        "BUILDKITE_BUILD_ID",
    ),
    "DRONE": System(
        "drone",
        "Drone",
        _by("DRONE_REPO", "DRONE_REPO_LINK", "DRONE_BUILD_NUMBER", "DRONE_BUILD_LINK"),
        "DRONE_BUILD_LINK",
    ),
}
"""By the variable that each system sets and no other does."""


def system_of(environ: Variables) -> System | None:
    """The CI system that runs this; None where it is none of those that are known."""
    return next((system for mark, system in SYSTEMS.items() if environ.get(mark)), None)


def executor(environ: Variables) -> dict[str, Any] | None:
    """Who ran this, as Allure's `executor.json` wants it; None outside of the CI systems that are known."""
    system = system_of(environ)
    if system is None:
        return None
    job, address, number, page = system.read(environ)
    said = {
        "name": system.name,
        "type": system.kind,
        "url": address,
        "buildName": " ".join(filter(None, [job, f"#{number}" if number else ""])),
        "buildUrl": page,
        "reportName": REPORT_NAME,
    }
    found: dict[str, Any] = {key: value for key, value in said.items() if value}
    if number.isdecimal():
        found["buildOrder"] = int(number)
    return found
