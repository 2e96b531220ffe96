"""Second step: brings what happened in the job folders into the database."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.errors import NoraError, StorageFull
from nora_core.jobs.backends.backend import JobStatus, WorkState
from nora_core.jobs.folder import AttemptFolder, JobFolder
from nora_core.jobs.request import AttemptStatus
from nora_core.wire.jobs import JobState
from nora_server.database.chunks import in_chunks
from nora_server.database.jobs import Order, OrderCase, fit_message
from nora_server.parts import Parts
from nora_server.services.order_results import (
    StagedResult,
    clear_results,
    drop_results,
    stage_results,
    store_results,
)
from nora_server.services.order_rounds import conclude, note_cases
from nora_server.services.order_states import advance, is_tried_again
from nora_server.watcher.news import News, Reader

_log = logging.getLogger(__name__)
_UNKNOWN_SECONDS = 60.0
"""So long a job may be unknown to its back end before it counts as lost."""
_IN_FLIGHT = (JobState.QUEUED.value, JobState.RUNNING.value)
_CASES_PER_TRANSACTION = 20


@dataclass(frozen=True)
class _Ending:
    """How the present attempt at a case ended."""

    case: OrderCase
    status: AttemptStatus
    results: list[StagedResult]


class Mirror:
    """Applies the news of each job folder, whole transactions at a time."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._readers: dict[str, Reader] = {}
        self._cancelled: set[str] = set()

    def cancel_where_asked(self, orders: Sequence[Order]) -> None:
        """Cancel the jobs of all orders whose end was asked for, in one call."""
        new = [
            order
            for order in orders
            if order.cancel_requested and order.job_name not in self._cancelled
        ]
        if not new:
            return
        for order in new:
            self._reader(order).folder.cancel()
        self._parts.backend.cancel([order.backend_job_id or "" for order in new])
        self._cancelled.update(order.job_name for order in new)

    def look_after(self, order: Order, status: JobStatus) -> bool:
        """Bring one order up to date; tell whether anything was new.

        ``status`` was asked for before the events are read here: what a worker
        wrote before it ended is seen before it counts as ended.
        """
        reader = self._reader(order)
        news = reader.read()
        self._apply_progress(order, news)
        self._apply_endings(order, reader.folder, list(news.ended))
        reader.accept(news)
        lost = self._lost(order, reader, status)
        if lost:
            self._give_verdicts(order, reader.folder, lost, status)
            reader.forget(lost)
        is_new = bool(news.started or news.progress or news.ended or lost)
        if is_new or reader.is_fresh:
            self._conclude(order)
            reader.is_fresh = False
        return is_new

    def _conclude(self, order: Order) -> None:
        with self._parts.database.write() as session:
            conclude(session, order.id or 0)
            stored = session.get_one(Order, order.id)
            is_over = JobState(stored.state).is_final
            if is_over or stored.job_name != order.job_name:
                self._readers.pop(order.job_name, None)
                self._cancelled.discard(order.job_name)

    def _reader(self, order: Order) -> Reader:
        if order.job_name not in self._readers:
            folder = JobFolder(self._parts.settings.job_folder / order.job_name)
            self._readers[order.job_name] = Reader(folder)
        return self._readers[order.job_name]

    def _apply_progress(self, order: Order, news: News) -> None:
        if not news.started and not news.progress:
            return
        with self._parts.database.write() as session:
            changed = []
            for case in _cases(session, order, {*news.started, *news.progress}):
                if case.id in news.started:
                    reported = advance(JobState(case.state), JobState.RUNNING)
                    case.state = reported.value
                    case.started_at = news.started[case.id].at
                    changed.append(case)
                if case.id in news.progress:
                    event = news.progress[case.id]
                    text = f"{event.done or 0:.0%} {event.message}".strip()
                    case.message = fit_message(text)
            note_cases(session, order.project_id, changed)

    def _apply_endings(
        self, order: Order, folder: JobFolder, case_ids: Iterable[int]
    ) -> None:
        for chunk in in_chunks(list(case_ids), _CASES_PER_TRANSACTION):
            endings = self._stage(order, folder, chunk)
            try:
                self._store(order, endings)
            except NoraError:
                self._store_one_by_one(order, folder, chunk)
            for ending in endings:
                case = ending.case
                clear_results(folder.attempt(case.id or 0, case.attempt))

    def _stage(
        self, order: Order, folder: JobFolder, case_ids: Sequence[int]
    ) -> list[_Ending]:
        """Read how cases ended and copy their results, before any transaction."""
        with self._parts.database.read() as session:
            cases = _cases(session, order, case_ids)
        endings: list[_Ending] = []
        try:
            for case in cases:
                attempt = folder.attempt(case.id or 0, case.attempt)
                status = attempt.status()
                if status is not None:
                    endings.append(self._take(order, case, attempt, status))
        except BaseException:  # such as a full disk: the next poll copies anew
            _drop(endings)
            raise
        return endings

    def _take(
        self,
        order: Order,
        case: OrderCase,
        attempt: AttemptFolder,
        status: AttemptStatus,
    ) -> _Ending:
        """Copy the results of an attempt; one that has wrong ones has failed."""
        if status.state is not JobState.DONE:
            return _Ending(case, status, [])
        try:
            results = stage_results(self._parts, order, case, attempt, status)
        except StorageFull:
            raise  # there will be room again
        except NoraError as error:
            return _Ending(case, _failed(status, error.message), [])
        except FileNotFoundError:
            return _Ending(case, _failed(status, "a file of theirs is gone"), [])
        except (LookupError, TypeError, ValueError):
            return _Ending(case, _failed(status, "their provenance is damaged"), [])
        return _Ending(case, status, results)

    def _store(self, order: Order, endings: Sequence[_Ending]) -> None:
        """Store results and states of some cases in one transaction."""
        try:
            with self._parts.database.write() as session:
                self._write(session, order, endings)
        except BaseException:
            _drop(endings)
            raise

    def _store_one_by_one(
        self, order: Order, folder: JobFolder, case_ids: Sequence[int]
    ) -> None:
        """Store each case by itself; one whose results are refused fails."""
        for case_id in case_ids:
            endings = self._stage(order, folder, [case_id])
            try:
                self._store(order, endings)
            except NoraError as error:
                failed = [
                    _Ending(ending.case, _failed(ending.status, error.message), [])
                    for ending in endings
                ]
                self._store(order, failed)

    def _write(
        self, session: Session, order: Order, endings: Sequence[_Ending]
    ) -> None:
        by_id = {ending.case.id: ending for ending in endings}
        stored = session.get_one(Order, order.id)
        changed = _cases(session, order, [case_id or 0 for case_id in by_id])
        for case in changed:
            ending = by_id.pop(case.id)
            _end(stored, case, ending.status)
            case.result_file_ids = store_results(
                session, self._parts, stored, case, ending.results
            )
        _drop(by_id.values())  # superseded meanwhile
        note_cases(session, order.project_id, changed)

    def _lost(self, order: Order, reader: Reader, status: JobStatus) -> set[int]:
        """Return the cases whose worker is gone, without a word how they ended."""
        is_unknown = status.state is WorkState.UNKNOWN
        is_lost = reader.unknown_for_s(is_unknown) > _UNKNOWN_SECONDS
        if status.state is not WorkState.ENDED and not is_lost:
            return reader.left_behind(status.ended_workers)
        query = select(col(OrderCase.id)).where(
            col(OrderCase.order_id) == order.id,
            col(OrderCase.job_name) == order.job_name,
            col(OrderCase.state).in_(_IN_FLIGHT),
        )
        with self._parts.database.read() as session:
            return {case_id or 0 for case_id in session.scalars(query)}

    def _give_verdicts(
        self, order: Order, folder: JobFolder, lost: set[int], status: JobStatus
    ) -> None:
        """Say that attempts are over; a worker that comes back later learns so."""
        with self._parts.database.read() as session:
            cases = _cases(session, order, lost)
        verdict = _verdict(order, status)
        for case in cases:
            folder.attempt(case.id or 0, case.attempt).finish(verdict)
        self._apply_endings(order, folder, lost)


def _cases(session: Session, order: Order, case_ids: Iterable[int]) -> list[OrderCase]:
    """Return those cases whose present attempt lies in the order's job folder."""
    found: list[OrderCase] = []
    for chunk in in_chunks(list(case_ids)):
        query = select(OrderCase).where(
            col(OrderCase.id).in_(chunk),
            col(OrderCase.order_id) == order.id,
            col(OrderCase.job_name) == order.job_name,
            col(OrderCase.state).in_(_IN_FLIGHT),
        )
        found.extend(session.scalars(query))
    return found


def _drop(endings: Iterable[_Ending]) -> None:
    """Throw away what was copied for endings that are not stored."""
    for ending in endings:
        drop_results(ending.results)


def _end(order: Order, case: OrderCase, status: AttemptStatus) -> None:
    """Write down how an attempt ended, or let the case wait for the next one."""
    case.message = fit_message(status.message)
    case.started_at = status.started_at or case.started_at
    attempts = int(order.request.get("attempts", 1))
    if (
        status.state is JobState.INTERRUPTED
        and is_tried_again(case.attempt, attempts)
        and not order.cancel_requested
    ):
        text = f"attempt {case.attempt} was interrupted: {status.message}"
        case.message = fit_message(text)
        case.state = JobState.WAITING.value
        case.attempt += 1
        case.job_name = ""
        return
    case.state = advance(JobState(case.state), status.state).value
    case.ended_at = status.ended_at


def _verdict(order: Order, status: JobStatus) -> AttemptStatus:
    if order.cancel_requested:
        return AttemptStatus(state=JobState.CANCELLED, message="cancelled")
    if status.message:
        return AttemptStatus(state=JobState.FAILED, message=status.message)
    return AttemptStatus(
        state=JobState.INTERRUPTED,
        message="its worker was killed or its machine went down",
    )


def _failed(status: AttemptStatus, message: str) -> AttemptStatus:
    return status.model_copy(
        update={
            "state": JobState.FAILED,
            "message": f"the results could not be stored: {message}",
            "results": [],
        }
    )
