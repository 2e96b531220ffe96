"""Heals, at the start, what a crash may have left between disk and database."""

import time
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from sqlalchemy import delete, select
from sqlmodel import Session, col

from nora_server.database.archive import File, Study
from nora_server.database.columns import utc_now
from nora_server.database.engine import Database
from nora_server.database.history import Upload
from nora_server.storage.moves import settle, step_over
from nora_server.storage.storage import MANAGED, Storage

RECENT_FILES = 1_000
"""Only what changed last can be hurt: older files are not looked at."""
UPLOAD_DAYS = 7.0
STAGED_DAYS = 1.0
_DAY_SECONDS = 86_400


@dataclass
class HealReport:
    """What was found and done; all empty after a clean stop."""

    taken_back: int = 0
    """Transactions that had moved files and were never committed."""
    removed_parts: int = 0
    """Uploads that nobody went on with."""
    lost: list[str] = field(default_factory=list)
    """Managed files without a row, now in ``incoming/lost``."""
    missing: list[int] = field(default_factory=list)
    """Ids of files whose bytes are not on the disk."""

    @property
    def is_clean(self) -> bool:
        """True where nothing had to be healed."""
        return not (self.taken_back or self.lost or self.missing)

    def without_names(self) -> dict[str, object]:
        """Return what may be logged: a file's name could be a patient's."""
        return {**asdict(self), "lost": len(self.lost)}


def heal(storage: Storage, database: Database) -> HealReport:
    """Bring disk and database together again; its cost does not grow with age."""
    report = HealReport()
    with database.write() as session:
        for journal in sorted(storage.journal.glob("*.jsonl")):
            report.taken_back += settle(storage, session, journal)
        _drop_old_uploads(storage, session, report)
        _look_at_recent(storage, session, report)
    return report


def _drop_old_uploads(storage: Storage, session: Session, report: HealReport) -> None:
    limit = utc_now() - timedelta(days=UPLOAD_DAYS)
    session.execute(delete(Upload).where(col(Upload.created_at) < limit))
    waiting = set(
        session.scalars(select(col(Upload.id)).where(col(Upload.file_id).is_(None)))
    )
    staged_limit = time.time() - STAGED_DAYS * _DAY_SECONDS
    for path in storage.incoming.folder.glob("*.part"):
        if path.stem not in waiting and path.stat().st_mtime < staged_limit:
            storage.incoming.drop(path.stem)
            report.removed_parts += 1


def _look_at_recent(storage: Storage, session: Session, report: HealReport) -> None:
    rows = session.execute(
        select(File, Study)
        .join(Study, col(Study.id) == col(File.study_id))
        .order_by(col(File.id).desc())
        .limit(RECENT_FILES)
    ).all()
    studies = {}
    for file, study in rows:
        if not file.location.startswith(MANAGED):
            continue
        studies[study.id] = study
        if not storage.expected_path(file).is_file():
            report.missing.append(file.id or 0)
    for study in studies.values():
        _find_lost(storage, session, study, report)


def _find_lost(
    storage: Storage, session: Session, study: Study, report: HealReport
) -> None:
    folder = storage.study_folder(study.project_id, study.subject_id, study.id or 0)
    known = set(
        session.scalars(
            select(col(File.location)).where(col(File.study_id) == study.id)
        )
    )
    for path in sorted(folder.rglob("*")):
        if path.is_file() and storage.location_of(path) not in known:
            report.lost.append(storage.location_of(path))
            step_over(storage, path)
