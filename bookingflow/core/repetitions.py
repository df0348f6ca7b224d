"""The same scenarios again and again: how often, until when, and what so many repetitions prove."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST = 10_000
"""Repetitions of one run: more of them leave more files than any report shows."""
MOST_UNLESS_SAID = 1_000
"""Repetitions of a run that is to end at its first failure, or after a time, and does neither."""
LONGEST_S = 24 * 3600.0
"""Seconds that a run may repeat for."""
CONFIDENCE = 0.95
"""With which the failures of a run bound the rate of all such runs (docs/repeating.md)."""
_HALVINGS = 60
"""Of an interval of length one: far beyond what is shown."""


@dataclass(frozen=True)
class Repeating:
    """What `bookingflow run` is to repeat; each repetition has its number, counted from one."""

    most: int
    first: int = 1
    as_drawn: bool = False
    """Whether it is one of an earlier run, drawn with that run's seed."""
    until_failure: bool = False
    within_s: float | None = None
    """Seconds after which no new repetition begins."""

    @classmethod
    def planned(
        cls, most: int | None, *, until_failure: bool = False, within_s: float | None = None
    ) -> Repeating | None:
        """What the command line asks for; None where nothing is to be repeated."""
        if most is None and not until_failure and within_s is None:
            return None
        return cls(most or MOST_UNLESS_SAID, until_failure=until_failure, within_s=within_s)

    @classmethod
    def only(cls, number: int) -> Repeating:
        """One repetition of many alone, as it was drawn among them."""
        return cls(1, first=number, as_drawn=True)

    @property
    def alone(self) -> bool:
        """Whether it is one repetition, to be looked at for itself."""
        return self.most == 1

    @property
    def counts_on(self) -> bool:
        """Whether nothing but their number ends them."""
        return not self.until_failure and self.within_s is None

    @property
    def numbers(self) -> range:
        """The repetitions' numbers."""
        return range(self.first, self.first + self.most)

    def is_over(self, elapsed_s: float, *, failed: bool) -> bool:
        """Whether no further repetition is to begin after this time; `failed` says whether the last one did."""
        return (self.until_failure and failed) or (self.within_s is not None and elapsed_s >= self.within_s)


def at_most(failed: int, judged: int, confidence: float = CONFIDENCE) -> float:
    """The upper bound of the true share of failures, after so many were seen among so many judged.

    Exact and one-sided (Clopper and Pearson, Biometrika 26, 1934): with a larger share so few failures would be seen
    with a probability of at most 1 - confidence. Without failures this is the "rule of three", about 3 / judged at
    95 %. Where the run ended at its first failure it is on the safe side. Raises ValueError where nothing was judged.
    """
    if not 0 <= failed <= judged or judged == 0:
        raise ValueError(f"{failed} of {judged}")
    if failed == judged:
        return 1.0
    doubt = 1 - confidence
    if failed == 0:
        return -math.expm1(math.log(doubt) / judged)
    low, high = failed / judged, 1.0
    for _ in range(_HALVINGS):
        share = (low + high) / 2
        if _at_most_so_many(failed, judged, share) > doubt:
            low = share
        else:
            high = share
    return high


def _at_most_so_many(failed: int, judged: int, share: float) -> float:
    """The probability of at most this many failures among so many, where this share fails (binomial distribution)."""
    log_fails, log_holds = math.log(share), math.log1p(-share) if share < 1 else -math.inf
    whole = math.lgamma(judged + 1)
    return math.fsum(
        math.exp(
            whole
            - math.lgamma(number + 1)
            - math.lgamma(judged - number + 1)
            + number * log_fails
            + (judged - number) * log_holds
        )
        for number in range(failed + 1)
    )


def percent(share: float) -> str:
    """`1.5 %`: rounded up to two digits that count, so that "at most" stays true."""
    if share <= 0:
        return "0 %"
    digits = 1 - math.floor(math.log10(share * 100))
    scale = 10.0 ** max(digits, 0)
    return f"{math.ceil(round(share * 100 * scale, 6)) / scale:g} %"


def spans(numbers: Sequence[int]) -> str:
    """`3, 7–9, 12`: numbers in their order, three or more in a row as one span."""
    return ", ".join(_span_words(numbers))


def _span_words(numbers: Sequence[int]) -> Iterator[str]:
    at = 0
    while at < len(numbers):
        end = at
        while end + 1 < len(numbers) and numbers[end + 1] == numbers[end] + 1:
            end += 1
        if end - at >= 2:
            yield f"{numbers[at]}–{numbers[end]}"
        else:
            yield from map(str, numbers[at : end + 1])
        at = end + 1
