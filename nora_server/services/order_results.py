"""Publishes the results of an attempt as files of its study, once and whole.

A result becomes ``<result folder or tool>/<result><ending>`` of the case's study; for
a case that is a subject, of its first study by date. It takes the place of the result
of an earlier run, which goes to the trash. ``<tool>.provenance.json`` beside it says
where it comes from, with file numbers instead of the server's paths.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.errors import ChecksumMismatch, NotFound
from nora_core.jobs.folder import AttemptFolder
from nora_core.jobs.request import AttemptStatus, ResultFile
from nora_core.wire.jobs import OrderRequest
from nora_server.database.archive import Study
from nora_server.database.jobs import Order, OrderCase
from nora_server.parts import Parts
from nora_server.services.files import store_result
from nora_server.storage import StagedFile

_MASK_TAG = "mask"


@dataclass(frozen=True)
class StagedResult:
    """A result that waits in the incoming folder for its row."""

    relative_name: str
    staged: StagedFile
    tags: list[str]


def stage_results(
    parts: Parts,
    order: Order,
    case: OrderCase,
    attempt: AttemptFolder,
    status: AttemptStatus,
) -> list[StagedResult]:
    """Copy the results of an attempt into the storage, outside of any transaction.

    Raises
    ------
    ChecksumMismatch
        If a file is not any more what the worker wrote.
    """
    wish = OrderRequest.model_validate({**order.request, "case_ids": [1]})
    folder = wish.result_folder or order.tool
    results: list[StagedResult] = []
    try:
        for result in status.results:
            staged = _take_unchanged(parts, attempt.results / result.path, result, case)
            own = [_MASK_TAG] if result.is_mask else []
            tags = list(dict.fromkeys([*wish.tags, *own]))
            results.append(StagedResult(f"{folder}/{result.path}", staged, tags))
        if results:
            provenance = _publish_provenance(attempt, case)
            name = f"{folder}/{order.tool}.provenance.json"
            results.append(StagedResult(name, _take(parts, provenance), []))
    except BaseException:
        drop_results(results)
        raise
    return results


def store_results(
    session: Session,
    parts: Parts,
    order: Order,
    case: OrderCase,
    results: Sequence[StagedResult],
) -> list[int]:
    """Give staged results their rows, in the caller's transaction."""
    if not results:
        return []
    study_id = case.study_id or _first_study(session, case.subject_id)
    return [
        store_result(
            session,
            parts,
            order.account_id,
            study_id,
            result.relative_name,
            result.staged,
            result.tags,
        ).id
        for result in results
    ]


def drop_results(results: Sequence[StagedResult]) -> None:
    """Throw away staged results that get no rows."""
    for result in results:
        result.staged.path.unlink(missing_ok=True)


def clear_results(attempt: AttemptFolder) -> None:
    """Free the disk of results that have become files of a study."""
    shutil.rmtree(attempt.results, ignore_errors=True)


def _take(parts: Parts, path: Path) -> StagedFile:
    return parts.storage.incoming.take_copy(path)


def _take_unchanged(
    parts: Parts, path: Path, result: ResultFile, case: OrderCase
) -> StagedFile:
    staged = _take(parts, path)
    if staged.sha256 != result.sha256:
        staged.path.unlink(missing_ok=True)
        raise ChecksumMismatch(
            f"the result {result.name!r} of case {case.id} was changed after the "
            "tool wrote it; retry the case"
        )
    return staged


def _publish_provenance(attempt: AttemptFolder, case: OrderCase) -> Path:
    """Write the provenance without the server's paths; return where."""
    content: dict[str, Any] = json.loads(attempt.provenance.read_bytes())
    waiting = {name: list(ids) for name, ids in case.inputs.items()}
    for file in content["inputs"]:
        file.pop("path")
        file["file_id"] = waiting[file["argument"]].pop(0)
    content["order_id"] = case.order_id
    content["attempt"] = case.attempt
    path = attempt.path / "published-provenance.json"
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    return path


def _first_study(session: Session, subject_id: int) -> int:
    query = (
        select(col(Study.id))
        .where(col(Study.subject_id) == subject_id, col(Study.deleted_at).is_(None))
        .order_by(col(Study.date), col(Study.id))
    )
    study_id = session.scalars(query).first()
    if study_id is None:
        raise NotFound(f"subject {subject_id} has no study for the results; add one")
    return study_id
