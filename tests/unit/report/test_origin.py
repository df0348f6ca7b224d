"""What a shard's machine shares with those of the others, without a setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from bookingflow.report.origin import Origin, digest_of


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    for name in ("features/a.feature", "steps/a.py", "bookingflow/core/a.py", "environment.py", "tests/test_a.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{name}\nsecond line\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("variables", "run", "attempt", "splits"),
    [
        ({"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "2"}, "GitHub Actions 7", "2", True),
        ({"GITLAB_CI": "true", "CI_PIPELINE_ID": "7", "CI_JOB_ID": "1"}, "GitLab CI 7", "", True),
        ({"JENKINS_URL": "x", "BUILD_TAG": "jenkins-a-7"}, "Jenkins jenkins-a-7", "", False),
        ({"TF_BUILD": "True", "BUILD_BUILDID": "7", "SYSTEM_JOBATTEMPT": "1"}, "Azure Pipelines 7", "1", True),
        ({"CIRCLECI": "true", "CIRCLE_PIPELINE_ID": "p", "CIRCLE_WORKFLOW_ID": "w"}, "CircleCI p", "", True),
        ({"BITBUCKET_BUILD_NUMBER": "3", "BITBUCKET_PIPELINE_UUID": "{u}"}, "Bitbucket Pipelines {u}", "", True),
        ({"BUILDKITE": "true", "BUILDKITE_BUILD_ID": "b"}, "Buildkite b", "", True),
        ({"DRONE": "true", "DRONE_BUILD_LINK": "https://d/a/3"}, "Drone https://d/a/3", "", True),
        ({"TEAMCITY_VERSION": "1", "BUILD_NUMBER": "3"}, None, "", False),
        ({"GITHUB_ACTIONS": "true"}, None, "", False),
        ({"CI_PIPELINE_ID": "7", "GITHUB_RUN_ID": "7"}, None, "", False),
    ],
)
def test_the_run_of_the_ci_system_is_known(
    suite: Path, variables: dict[str, str], run: str | None, attempt: str, splits: bool
) -> None:
    origin = Origin.of(variables, suite)
    assert (origin.run, origin.attempt, origin.splits) == (run, attempt, splits)
    assert origin.suite == digest_of(suite)


def test_the_same_suite_has_the_same_digest_however_lines_end(suite: Path) -> None:
    before = digest_of(suite)
    for path in suite.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (suite / "tests" / "test_a.py").write_text("other", encoding="utf-8")
    (suite / "steps" / "a.pyc").write_text("other", encoding="utf-8")
    assert digest_of(suite) == before


@pytest.mark.parametrize("name", ["features/a.feature", "steps/a.py", "bookingflow/core/a.py", "environment.py"])
def test_another_feature_or_other_code_is_another_suite(suite: Path, name: str) -> None:
    before = digest_of(suite)
    (suite / name).write_text("other", encoding="utf-8")
    changed = digest_of(suite)
    (suite / name).rename((suite / name).with_stem("b"))
    assert len({before, changed, digest_of(suite)}) == 3
