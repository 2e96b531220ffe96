"""First step: gives orders to the back end, each exactly once."""

import logging
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from nora_core.errors import BackendUnavailable, NoraError, NotFound
from nora_core.jobs.folder import JobFolder
from nora_core.jobs.request import CaseRequest, JobRequest
from nora_core.jobs.tool import Tool
from nora_core.plugins.sources import own_folders
from nora_core.wire.jobs import JobState, OrderRequest
from nora_server.database.archive import File
from nora_server.database.chunks import in_chunks
from nora_server.database.columns import utc_now
from nora_server.database.jobs import Order, OrderCase, fit_message
from nora_server.parts import Parts
from nora_server.services.order_rounds import conclude, note_cases

_log = logging.getLogger(__name__)
_SECONDS_PER_MINUTE = 60


class HandOver:
    """Queues the waiting cases of orders as job folders.

    The unique job name is in the database before the back end hears of it. After a
    crash in between, the job is found again by that name; a job that was queued
    twice all the same runs no case twice, since workers claim the cases.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def step(self, orders: Sequence[Order]) -> bool:
        """Hand over all orders that wait; tell whether any went on."""
        waiting = [order for order in orders if order.backend_job_id is None]
        begun = [o.job_name for o in waiting if self._folder(o).path.exists()]
        known = self._parts.backend.find(begun) if begun else {}
        changed = False
        for order in waiting:
            try:
                self._hand_over(order, known.get(order.job_name))
                changed = True
            except BackendUnavailable as error:
                self._note(order, error.message)
            except (OSError, SQLAlchemyError):  # what they say may name a path
                _log.warning("order %s is handed over later", order.id, exc_info=True)
            except (NoraError, ValueError, TypeError, LookupError) as error:
                self._give_up(order, str(error))
        return changed

    def _folder(self, order: Order) -> JobFolder:
        return JobFolder(self._parts.settings.job_folder / order.job_name)

    def _hand_over(self, order: Order, known_id: str | None) -> None:
        if known_id is not None:
            self._mark_queued(order, self._folder(order), known_id)
            return
        if order.cancel_requested:
            with self._parts.database.write() as session:
                conclude(session, order.id or 0)
            return
        folder = self._make_folder(order)
        if folder is None:
            with self._parts.database.write() as session:
                conclude(session, order.id or 0)
            return
        self._mark_queued(order, folder, self._parts.backend.submit(folder))

    def _make_folder(self, order: Order) -> JobFolder | None:
        """Write the job folder, or find the one of a step that was killed."""
        folder = self._folder(order)
        if folder.path.exists():
            return folder
        with self._parts.database.read() as session:
            cases = _waiting_cases(session, order.id or 0)
            found = self._paths_of(session, cases)
        ready, gone = [], []
        for case in cases:
            inputs = {
                name: [found.get(file_id) for file_id in ids]
                for name, ids in case.inputs.items()
            }
            if any(path is None for paths in inputs.values() for path in paths):
                gone.append(case)
                continue
            paths = {name: [str(path) for path in ps] for name, ps in inputs.items()}
            ready.append(
                CaseRequest(case=case.id or 0, attempt=case.attempt, inputs=paths)
            )
        self._fail(order, gone, "a file that it was to read is gone; retry the case")
        if not ready:
            return None
        return JobFolder.create(
            self._parts.settings.job_folder, self._request(order, ready)
        )

    def _request(self, order: Order, cases: list[CaseRequest]) -> JobRequest:
        wish = OrderRequest.model_validate({**order.request, "case_ids": [1]})
        tool: Tool = self._parts.registry.tool(order.tool)
        values = tool.check(wish.arguments)
        files = {a.name for a in tool.arguments if a.kind.is_file}
        return JobRequest(
            job_name=order.job_name,
            tool=order.tool,
            arguments={
                name: value for name, value in values.items() if name not in files
            },
            cases=cases,
            resources=tool.resources,
            time_limit_s=tool.resources.minutes * _SECONDS_PER_MINUTE,
            workers=min(len(cases), self._parts.settings.jobs.workers),
            plugin_folders=[str(folder) for folder in own_folders()],
        )

    def _paths_of(
        self, session: Session, cases: Sequence[OrderCase]
    ) -> dict[int, Path | None]:
        """Return where the input files of all cases lie; ``None`` for lost ones."""
        wanted = {
            file_id
            for case in cases
            for file_ids in case.inputs.values()
            for file_id in file_ids
        }
        found: dict[int, Path | None] = {}
        for chunk in in_chunks(wanted):
            query = select(File).where(
                col(File.id).in_(chunk), col(File.deleted_at).is_(None)
            )
            for file in session.scalars(query):
                try:
                    found[file.id or 0] = self._parts.storage.path_of(file)
                except NotFound:
                    found[file.id or 0] = None
        return found

    def _mark_queued(self, order: Order, folder: JobFolder, job_id: str) -> None:
        listed = {case.case: case.attempt for case in folder.read_request().cases}
        with self._parts.database.write() as session:
            stored = session.get_one(Order, order.id)
            stored.backend_job_id = job_id
            stored.state = JobState.QUEUED.value
            stored.message = ""
            cases = [
                case
                for case in _waiting_cases(session, order.id or 0)
                if listed.get(case.id or 0) == case.attempt
            ]
            for case in cases:
                case.state = JobState.QUEUED.value
                case.job_name = order.job_name
            note_cases(session, order.project_id, cases)

    def _fail(self, order: Order, cases: Sequence[OrderCase], message: str) -> None:
        if not cases:
            return
        with self._parts.database.write() as session:
            for case in cases:
                stored = session.get_one(OrderCase, case.id)
                stored.state = JobState.FAILED.value
                stored.message = fit_message(message)
                stored.ended_at = utc_now()
            note_cases(session, order.project_id, cases)

    def _give_up(self, order: Order, message: str) -> None:
        """Fail what cannot be handed over, with the reason."""
        _log.warning("order %s cannot be run", order.id, exc_info=True)
        with self._parts.database.read() as session:
            cases = _waiting_cases(session, order.id or 0)
        self._fail(order, cases, message)
        with self._parts.database.write() as session:
            conclude(session, order.id or 0)

    def _note(self, order: Order, message: str) -> None:
        """Show why an order still waits."""
        if order.message == message:
            return
        _log.warning("order %s waits: %s", order.id, message)
        with self._parts.database.write() as session:
            session.get_one(Order, order.id).message = fit_message(message)


def _waiting_cases(session: Session, order_id: int) -> list[OrderCase]:
    query = (
        select(OrderCase)
        .where(
            col(OrderCase.order_id) == order_id,
            col(OrderCase.state) == JobState.WAITING.value,
        )
        .order_by(col(OrderCase.id))
    )
    return list(session.scalars(query))
