from collections.abc import Callable
from pathlib import Path

import pytest
from behave.matchers import ParseMatcher
from behave.runner_util import load_step_modules
from behave.step_registry import registry

from bookingflow.testdata.parameter_types import SentenceMatcher

STEPS = Path(__file__).parents[3] / "steps"


def nothing(context: object) -> None:
    """A step."""


@pytest.fixture(scope="module")
def sentences() -> list[SentenceMatcher]:
    """Every sentence that the features may say."""
    if not any(registry.steps.values()):
        load_step_modules([str(STEPS)])
    return [matcher for matchers in registry.steps.values() for matcher in matchers]


def test_every_sentence_can_be_compiled(sentences: list[SentenceMatcher]) -> None:
    assert len(sentences) > 100
    for sentence in sentences:
        assert type(sentence) is SentenceMatcher
        ParseMatcher.compile(sentence)


@pytest.mark.parametrize(
    "pattern",
    [
        "it is confirmed",
        "I book {party:Party} at {time:Clock}",
        "{party:Party} wait",
        "{time:Clock}",
        "a {{brace}} here",
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        "it is confirmed",
        "it is confirmed at last",
        "I book 4 guests at 19:00",
        "I book 4 guests at 19:00 sharp",
        "I book many at 19:00",
        "4 guests wait",
        "4 guests will wait",
        "19:00",
        "a {brace} here",
        "a {{brace}} here",
        "",
    ],
)
def test_it_matches_what_behaves_own_matcher_matches(pattern: str, text: str) -> None:
    def found(matcher: Callable[..., ParseMatcher]) -> list[object] | None:
        arguments = matcher(nothing, pattern).check_match(text)
        return None if arguments is None else [(one.name, one.original, one.start, one.end) for one in arguments]

    assert found(SentenceMatcher) == found(ParseMatcher)


@pytest.mark.parametrize(
    ("sentence", "none"),
    [
        ("I book {} guests for that time", "0"),
        ("{} parties of 2 guests book that time at the same moment", "0"),
        ("I send the same booking {} times at the same moment", "00"),
        ("a time with room for {} parties of 2 guests", "0"),
        ("every table for {} is taken at 17:00 on an otherwise empty day", "0"),
        ("one address may ask {} times a minute", "-1"),
        ("it is confirmed with a table within {}s", "0"),
        ("it is confirmed with a table within {} s", "0.0"),
        ("it stays so for {}s", "0"),
    ],
)
def test_nothing_at_all_is_no_number_of_a_sentence(sentences: list[SentenceMatcher], sentence: str, none: str) -> None:
    def fits(number: str) -> bool:
        return any(one.check_match(sentence.format(number)) is not None for one in sentences)

    assert [fits(number) for number in ("3", "20", none)] == [True, True, False]
