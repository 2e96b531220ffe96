"""``nora order --wait`` tells of every case that failed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nora_core.cli.order import report_end
from nora_core.errors import ToolFailed
from nora_core.wire.case import Level
from nora_core.wire.jobs import JobState, OrderCasePage, OrderCaseRow, OrderInfo


class CasesOfOrder:
    """A client that knows the cases of one order, two to a page."""

    def __init__(self, states: list[JobState]) -> None:
        self.rows = [make_row(number, state) for number, state in enumerate(states, 1)]

    def order_cases(self, project: str, order_id: int, after: int = 0) -> OrderCasePage:
        rows = [row for row in self.rows if row.id > after][:2]
        is_last = not rows or rows[-1] is self.rows[-1]
        return OrderCasePage(rows=rows, next=None if is_last else rows[-1].id)


def make_row(number: int, state: JobState) -> OrderCaseRow:
    return OrderCaseRow(
        id=number,
        order_id=1,
        subject_id=number,
        study_id=number,
        patients_id=f"P{number}",
        studies_id="S",
        state=state,
        attempt=1,
        started_at=None,
        ended_at=None,
        message="too dark",
        result_file_ids=[],
    )


def make_order(state: JobState) -> OrderInfo:
    return OrderInfo(
        id=1,
        project="trial",
        tool="smooth",
        tool_title="Smooth",
        arguments={},
        level=Level.STUDY,
        state=state,
        counts={state: 5},
        created_by="ada",
        created_at=datetime.now(UTC),
        ended_at=None,
        backend="local",
    )


def test_failed_cases_behind_the_first_page_are_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    states = [JobState.DONE] * 4 + [JobState.FAILED]

    with pytest.raises(ToolFailed, match="order 1 is failed"):
        report_end(CasesOfOrder(states), "trial", make_order(JobState.FAILED))

    assert capsys.readouterr().err == "  P5#S is failed: too dark\n"


def test_an_order_that_is_done_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    report_end(CasesOfOrder([]), "trial", make_order(JobState.DONE))

    assert capsys.readouterr().out == "order 1 is done: 5 done\n"
