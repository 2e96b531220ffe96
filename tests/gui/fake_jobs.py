"""Tools and orders as the server would send them."""

from __future__ import annotations

from typing import Any

from nora_core.wire.case import Level
from nora_core.wire.jobs import JobState, OrderCaseRow, OrderInfo
from nora_core.wire.tool import (
    ArgumentDescription,
    ArgumentKind,
    ResultDescription,
    ResultKind,
    ToolDescription,
)
from tests.gui.fake_client import NOW

TOOL = ToolDescription(
    name="threshold",
    title="Threshold",
    description="Make a mask of bright voxels.",
    arguments=(
        ArgumentDescription(name="image", kind=ArgumentKind.IMAGE, title="Image"),
        ArgumentDescription(
            name="lower",
            kind=ArgumentKind.NUMBER,
            title="Lower",
            required=False,
            default=60.0,
            minimum=-1024,
            maximum=3071,
            unit="HU",
        ),
        ArgumentDescription(
            name="passes",
            kind=ArgumentKind.INTEGER,
            title="Passes",
            required=False,
            default=2,
            minimum=1,
            maximum=9,
        ),
        ArgumentDescription(
            name="fill",
            kind=ArgumentKind.LOGICAL,
            title="Fill holes",
            required=False,
            default=True,
        ),
        ArgumentDescription(
            name="side",
            kind=ArgumentKind.OPTION,
            title="Side",
            required=False,
            default="both",
            choices=("left", "right", "both"),
        ),
    ),
    results=(ResultDescription(name="result", kind=ResultKind.MASK, suffix=".nii.gz"),),
)


def order_info(counts: dict[JobState, int], **changes: Any) -> OrderInfo:
    """Return an order whose cases are in these states."""
    order = OrderInfo(
        id=1,
        project="demo",
        tool="threshold",
        tool_title="Threshold",
        arguments={"image": "t1*"},
        level=Level.STUDY,
        state=JobState.RUNNING,
        counts=counts,
        created_by="anna",
        created_at=NOW,
        ended_at=None,
        backend="local",
    )
    return order.model_copy(update=changes)


def order_case(number: int, state: JobState, **changes: Any) -> OrderCaseRow:
    """Return a case of order 1."""
    case = OrderCaseRow(
        id=number,
        order_id=1,
        subject_id=number,
        study_id=number,
        patients_id=f"P{number}",
        studies_id="S1",
        state=state,
        attempt=1,
        started_at=NOW,
        ended_at=None,
        message="",
        result_file_ids=[],
    )
    return case.model_copy(update=changes)
