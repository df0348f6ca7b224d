"""What the monitor remembers from round to round and over restarts: `reports/watch.json`, in one small object."""

from __future__ import annotations

import datetime
import json
import uuid
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from bookingflow.commands.watching.states import Attempt, State

FILE = "watch.json"
MOST_WAITING = 50
"""Messages that are kept while nobody takes them; of more the oldest go, and their number is said."""


class Change(BaseModel):
    """A change of state, as the webhook gets it; `docs/watching.md`, "The message", tells of each field."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")

    text: str = ""
    id: str = Field(default_factory=lambda: uuid.uuid4().hex)
    version: Literal[1] = 1
    state: State
    previous: State
    since: AwareDatetime
    previous_lasted_s: float | None
    not_up_s: float | None
    code: str = ""
    title: str = ""
    sentence: str = ""
    who_can_act: str = ""
    seconds: float | None = None
    booking: str = ""
    reference: str = ""
    trace_id: str = ""
    trace_link: str = ""
    target: str
    restaurant: str = ""

    def as_json(self) -> dict[str, Any]:
        """The body that is posted."""
        return self.model_dump(mode="json", by_alias=True)


class Memory(BaseModel):
    """How it stands at one target."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")

    version: Literal[1] = 1
    target: str
    """The address and the restaurant that all of this is about."""
    state: State = State.UP
    since: AwareDatetime | None = None
    """None before the first round: until then the state is a guess."""
    not_up_since: AwareDatetime | None = None
    """When it ceased to be up; None while it is."""
    code: str = ""
    title: str = ""
    restaurant: str = ""
    zone: str = ""
    last_round: AwareDatetime | None = None
    last_attempts: int = 0
    seconds: float | None = None
    phases: dict[str, float] = Field(default_factory=dict)
    rounds: dict[State, int] = Field(default_factory=lambda: dict.fromkeys(State, 0))
    """Rounds by how they ended."""
    attempts: int = 0
    waiting: list[Change] = Field(default_factory=list)
    """What nobody has taken yet, oldest first."""
    dropped: int = 0
    """Messages that were given up because too many waited."""

    @classmethod
    def read(cls, path: Path, target: str) -> tuple[Memory, str]:
        """What is remembered of this target, and a sentence where something had to be forgotten; else an empty one."""
        try:
            known = cls.model_validate(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return cls(target=target), ""
        except (OSError, ValueError, ValidationError):
            return cls(target=target), f"{path} can't be read: the monitor begins anew, as if all had been well."
        if known.target != target:
            return cls(target=target), f"{path} is about another platform or restaurant: the monitor begins anew."
        return known, ""

    def take(self, said: Attempt, attempts: int, now: datetime.datetime) -> Change | None:
        """Remember how a round ended; the change of state that it is, if it is one.

        A first round that finds all well changes nothing.
        """
        first, previous, began = self.since is None, self.state, self.since
        self.last_round, self.last_attempts, self.attempts = now, attempts, self.attempts + attempts
        self.rounds[said.state] = self.rounds.get(said.state, 0) + 1
        self.seconds, self.phases = said.seconds, dict(said.phases)
        self.restaurant, self.zone = said.restaurant or self.restaurant, said.zone or self.zone
        self.code, self.title = said.code, said.title
        if said.state is previous:
            self.since = began or said.began
            return None
        not_up = None if self.not_up_since is None else _seconds(self.not_up_since, said.began)
        if said.state is State.UP:
            self.not_up_since = None
        elif previous is State.UP:
            self.not_up_since = said.began
        self.state, self.since = said.state, said.began
        return Change(
            state=said.state,
            previous=previous,
            since=said.began,
            previous_lasted_s=None if first or began is None else _seconds(began, said.began),
            not_up_s=not_up,
            code=said.code,
            title=said.title,
            sentence=said.sentence,
            who_can_act=said.who_can_act,
            seconds=said.seconds,
            booking=said.booked,
            reference=said.reference,
            trace_id=said.trace_id,
            target=self.target,
            restaurant=self.restaurant,
        )

    def wait_with(self, change: Change) -> None:
        """Keep a message until somebody takes it."""
        self.waiting.append(change)
        while len(self.waiting) > MOST_WAITING:
            self.waiting.pop(0)
            self.dropped += 1

    def written(self) -> str:
        """As it stands in the file."""
        return f"{self.model_dump_json(by_alias=True, indent=2)}\n"


def _seconds(since: datetime.datetime, until: datetime.datetime) -> float:
    """Never below 0: a clock may have been set back meanwhile."""
    return round(max(0.0, (until - since).total_seconds()), 1)
