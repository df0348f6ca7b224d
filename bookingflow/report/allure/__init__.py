"""An Allure formatter for behave in which no failure hides.

On top of allure-behave's, which shows failed hooks and clean-ups as passed or not at all and stumbles over `Rule:`.
Works alone in any behave project: `-f bookingflow.report.allure:AllureFormatter -o allure-results`.

- A scenario's result is written after its hooks and clean-ups, with behave's own verdict.
- What fails outside of scenarios (before_all, after_feature, a clean-up of the run, …) becomes a result of its own.
- At the end every scenario that ran has exactly one result with behave's verdict, or the run fails saying which differ.

Labels come from the feature files: the Feature is the feature, a Rule the story, and tags tell the rest:

    @ABC-001                an id of the scenario: begins its title, and its history outlives another name
    @blocker … @trivial     the severity
    @owner.name             the owner; @layer.name the layer
    @issue.N @regression.N  a link to an issue, if `AllureFormatter.issue_pattern` says where (userdata of behave.ini)

Hooks are set-up and tear-down; `AllureFormatter.hooks=decorated` shows only those that are decorated with
`allure_commons.fixture`. `ALLURE_TESTPLAN_PATH` names a test plan. docs/report.md says where this differs from
allure-behave.

`AllureFormatter.epic` names the epic of all of them. An exception's own `allure_status` decides between failed, broken
and skipped; its `code`, a lower-case word, ends the result's message in brackets, for categories to hold on to. Of what
did not end well a label `cause` has the exception's `title` and `code` (else its type), a label `who can act` its
`who_can_act`.

A runner that runs one scenario object several times says which time it is in the object's attribute `repetition`: each
time is a result with a title, a parameter and a history of its own.
"""

from bookingflow.report.allure.files import (
    ENVIRONMENT_FILE,
    THE_RUN,
    UNFINISHED,
    is_unfinished,
    lost_results,
    note_in_environment,
    note_state,
    write_run_result,
)
from bookingflow.report.allure.formatter import (
    CUT_OFF,
    AllureFormatter,
    add_steps,
    count_own_result,
    leave_to_parent,
    note_cut_off,
    result_of_the_run,
    results_folder,
    sanitize_with,
)
from bookingflow.report.allure.listener import numbered, repetition_of, rule_of, title_of
from bookingflow.report.allure.outcomes import CAUSE, WHO_CAN_ACT, status_of, step_outcome

__all__ = [
    "CAUSE",
    "CUT_OFF",
    "ENVIRONMENT_FILE",
    "THE_RUN",
    "UNFINISHED",
    "WHO_CAN_ACT",
    "AllureFormatter",
    "add_steps",
    "count_own_result",
    "is_unfinished",
    "leave_to_parent",
    "lost_results",
    "note_cut_off",
    "note_in_environment",
    "note_state",
    "numbered",
    "repetition_of",
    "result_of_the_run",
    "results_folder",
    "rule_of",
    "sanitize_with",
    "status_of",
    "step_outcome",
    "title_of",
    "write_run_result",
]
