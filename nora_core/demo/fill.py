"""Fills a project with the demo's studies, through the client as a user would."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from nora_core.client import Client
from nora_core.demo.studies import (
    DemoFile,
    DemoSeries,
    DemoStudy,
    read_demo_presets,
    read_demo_studies,
)
from nora_core.errors import BackendUnavailable, NotFound
from nora_core.wire.archive import (
    CaseQuery,
    CaseRow,
    SelectQuery,
    TagChange,
    TagLevel,
)
from nora_core.wire.case import Level
from nora_core.wire.jobs import JobState, OrderInfo, OrderRequest
from nora_core.wire.project import NewProject

PROJECT = "demo"
TOOL = "tissue_masks"
TOOL_IMAGES = "t1/t1*"
"""The images that the demo's job works on, as a FILE pattern."""

_MAX_ROWS = 1000
_POLL_SECONDS = 0.2

Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoSummary:
    """What lies in the demo's project."""

    subjects: int
    studies: int
    files: int
    modalities: tuple[str, ...]
    order: OrderInfo


def fill_demo(client: Client, say: Say) -> None:
    """Make the demo's project and add what it lacks; nothing is written twice."""
    if PROJECT not in {project.name for project in client.projects()}:
        client.create_project(NewProject(name=PROJECT, title="Demo: real images"))
    present = {(row.patients_id, row.studies_id): row for row in _rows(client)}
    for study in read_demo_studies():
        row = present.get((study.patients_id, study.studies_id))
        if row is None:
            say(f"storing {study.patients_id} {study.description}")
        _fill_study(client, study, row)
    known = {preset.name for preset in client.presets(PROJECT)}
    for preset in read_demo_presets():
        if preset.name not in known:
            client.save_preset(PROJECT, preset.name, preset.content, preset.mark)


def run_demo_job(client: Client, *, minutes: float = 5.0) -> OrderInfo:
    """Run the demo's tool on all its T1 images, unless that was done; wait for it.

    Raises
    ------
    BackendUnavailable
        If the jobs do not end within ``minutes``.
    """
    order = _order_on(client) or _submit(client)
    deadline = time.monotonic() + minutes * 60
    while not order.state.is_final:
        if time.monotonic() > deadline:
            raise BackendUnavailable(
                f"the jobs of order {order.id} are still {order.state.value} after "
                f"{minutes:g} minutes; see `nora doctor`"
            )
        time.sleep(_POLL_SECONDS)
        order = client.order(PROJECT, order.id)
    return order


def sum_up(client: Client, order: OrderInfo) -> DemoSummary:
    """Count what lies in the demo's project."""
    rows = _rows(client)
    return DemoSummary(
        subjects=len({row.subject_id for row in rows}),
        studies=len(rows),
        files=sum(row.file_count for row in rows),
        modalities=tuple(sorted({row.modality for row in rows})),
        order=order,
    )


def _rows(client: Client) -> list[CaseRow]:
    return client.page(PROJECT, CaseQuery(level=Level.STUDY, limit=_MAX_ROWS)).rows


def _fill_study(client: Client, study: DemoStudy, row: CaseRow | None) -> None:
    if row is None:
        made = client.create_study(PROJECT, study.as_new_study())
        study_id, subject_id = made.study_id, made.subject_id
    else:
        study_id, subject_id = row.study_id or 0, row.subject_id
    names = {file.relative_name for file in client.files(PROJECT, study_id)}
    _upload(client, study_id, study.all_files, names)
    for series in study.dicom:
        if series.image not in names:
            _upload_image(client, study_id, series)
    if row is None:
        _tag(client, TagLevel.SUBJECT, subject_id, study.subject_tags)
        _tag(client, TagLevel.STUDY, study_id, study.study_tags)


def _upload(
    client: Client, study_id: int, files: Iterable[DemoFile], names: set[str]
) -> None:
    for file in files:
        if file.to not in names:
            client.upload(PROJECT, file.path, study_id, file.to, tags=file.tags)


def _upload_image(client: Client, study_id: int, series: DemoSeries) -> None:
    from nora_core.dicom import find_series  # pydicom and nibabel are slow to import
    from nora_core.images import write_volume

    (found,) = find_series(series.path).series

    with tempfile.TemporaryDirectory(prefix="nora-demo-") as folder:
        path = Path(folder) / Path(series.image).name
        write_volume(path, found.volume)
        client.upload(PROJECT, path, study_id, series.image)


def _tag(client: Client, level: TagLevel, item: int, tags: tuple[str, ...]) -> None:
    if tags:
        change = TagChange(level=level, ids=[item], add=list(tags))
        client.change_tags(PROJECT, change)


def _order_on(client: Client) -> OrderInfo | None:
    """Return the latest order of the demo's tool that may be shown."""
    wanted = (
        order
        for order in client.orders(PROJECT)
        if order.tool == TOOL and order.state not in _TO_BE_REPEATED
    )
    return max(wanted, key=lambda order: order.id, default=None)


_TO_BE_REPEATED = frozenset({JobState.FAILED, JobState.INTERRUPTED, JobState.CANCELLED})


def _submit(client: Client) -> OrderInfo:
    files = client.select(PROJECT, SelectQuery(pattern=TOOL_IMAGES))
    if not files:
        raise NotFound(
            f"no file {TOOL_IMAGES} in project {PROJECT}; start the demo with an "
            "empty data folder (--data)"
        )
    request = OrderRequest(
        tool=TOOL,
        arguments={"image": TOOL_IMAGES},
        case_ids=sorted({file.study_id for file in files}),
    )
    return client.submit(PROJECT, request)
