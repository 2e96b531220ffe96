"""What the batch panel knows: tools, the order to be placed, and how jobs go."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from nora_core.wire.case import Level
from nora_core.wire.jobs import JobState, OrderCaseRow, OrderInfo, OrderRequest
from nora_core.wire.tool import (
    ArgumentDescription,
    ArgumentKind,
    BrokenPlugin,
    ToolDescription,
)

SHORTEST_PAUSE_MS = 500
LONGEST_PAUSE_MS = 5_000
_GROWTH = 1.5
_ORDER_OF_STATES = (
    JobState.DONE,
    JobState.RUNNING,
    JobState.QUEUED,
    JobState.WAITING,
    JobState.FAILED,
    JobState.INTERRUPTED,
    JobState.CANCELLED,
)
_MARKED = (
    (JobState.RUNNING,),
    (JobState.QUEUED, JobState.WAITING),
    (JobState.FAILED, JobState.INTERRUPTED),
)
RETRYABLE = (JobState.FAILED, JobState.INTERRUPTED, JobState.CANCELLED)


class Pause:
    """How long to wait between two looks at the jobs: longer while nothing changes."""

    def __init__(self) -> None:
        self.milliseconds = SHORTEST_PAUSE_MS
        self._seen: object = None

    def after(self, seen: object) -> int:
        """Return the next pause, given what was seen now."""
        if seen != self._seen:
            self.milliseconds = SHORTEST_PAUSE_MS
        else:
            longer = round(self.milliseconds * _GROWTH)
            self.milliseconds = min(longer, LONGEST_PAUSE_MS)
        self._seen = seen
        return self.milliseconds

    def reset(self) -> None:
        """Look again soon."""
        self.milliseconds = SHORTEST_PAUSE_MS
        self._seen = None


def most_telling(jobs: Iterable[OrderCaseRow]) -> OrderCaseRow | None:
    """Return the job that a mark in the table stands for; the latest of its kind."""
    ordered = sorted(jobs, key=lambda job: job.id, reverse=True)
    for states in _MARKED:
        for job in ordered:
            if job.state in states:
                return job
    return ordered[0] if ordered else None


def new_order(
    tool: ToolDescription,
    values: Mapping[str, JsonValue],
    level: Level,
    case_ids: Iterable[int],
) -> OrderRequest:
    """Return the order that a form and the chosen rows make."""
    arguments = {
        name: value for name, value in values.items() if value not in (None, "")
    }
    return OrderRequest(
        tool=tool.name,
        arguments=arguments,
        level=level,
        case_ids=list(case_ids),
        key=uuid.uuid4().hex,
    )


def missing_arguments(
    tool: ToolDescription, values: Mapping[str, JsonValue]
) -> list[ArgumentDescription]:
    """Return the arguments that must be given and are not."""
    return [
        argument
        for argument in tool.arguments
        if argument.required and values.get(argument.name) in (None, "")
    ]


def find_tools(tools: Iterable[ToolDescription], text: str) -> list[ToolDescription]:
    """Return the tools whose title, name or description holds every word of a text."""
    words = text.casefold().split()
    return [
        tool
        for tool in tools
        if all(
            word in f"{tool.title} {tool.name} {tool.description}".casefold()
            for word in words
        )
    ]


def case_total(order: OrderInfo) -> int:
    """Return how many cases an order has."""
    return sum(order.counts.values())


def ended_part(order: OrderInfo) -> float:
    """Return which part of an order's cases has ended, 0 to 1."""
    total = case_total(order)
    ended = sum(count for state, count in order.counts.items() if state.is_final)
    return ended / total if total else 0.0


def progress_in_words(order: OrderInfo) -> str:
    """Return such as ``12 of 30 done, 1 failed``."""
    total, done = case_total(order), order.counts.get(JobState.DONE, 0)
    others = [
        f"{order.counts[state]} {state.value}"
        for state in _ORDER_OF_STATES[1:]
        if order.counts.get(state)
    ]
    return ", ".join([f"{done} of {total} done", *others])


def are_active(orders: Iterable[OrderInfo]) -> bool:
    """Whether any order may still change by itself."""
    return any(not order.state.is_final for order in orders)


def case_name(case: OrderCaseRow) -> str:
    """Return the psid of a case."""
    if case.studies_id is None:
        return case.patients_id
    return f"{case.patients_id}#{case.studies_id}"


def image_pattern(tool: ToolDescription | None, order: OrderInfo) -> str:
    """Return the pattern of the image that an order's results belong over."""
    for argument in tool.arguments if tool is not None else ():
        value = order.arguments.get(argument.name)
        if argument.kind is ArgumentKind.IMAGE and isinstance(value, str) and value:
            return value
    return ""


def reload_in_words(
    before: Iterable[ToolDescription], after: Iterable[ToolDescription]
) -> str:
    """Return how many tools there are, and which a reload brought or took away."""
    old = {tool.name: tool for tool in before}
    new = {tool.name: tool for tool in after}
    parts = [f"{len(new)} tool{'' if len(new) == 1 else 's'}"]
    for word, names in (
        ("new", new.keys() - old.keys()),
        ("changed", {name for name in new if old.get(name, new[name]) != new[name]}),
        ("gone", old.keys() - new.keys()),
    ):
        titles = sorted((new | old)[name].title for name in names)
        if titles:
            parts.append(f"{word}: {', '.join(titles)}")
    return "; ".join(parts)


def broken_in_words(broken: list[BrokenPlugin]) -> str:
    """Return what was skipped: of one plug-in with its error; or an empty text."""
    if not broken:
        return ""
    if len(broken) == 1:
        return f"The plug-in {broken[0].name!r} was skipped: {broken[0].error}"
    names = ", ".join(plugin.name for plugin in broken)
    return f"{len(broken)} plug-ins were skipped because of errors: {names}"
