"""Moves of files that stand or fall with a transaction of the database."""

import json
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, col

from nora_server.database.archive import File
from nora_server.storage.durable import make_folders, sync_folder
from nora_server.storage.storage import Storage

_KEY = "nora.file_moves"
_QUERY_SIZE = 5_000


class FileMoves:
    """The moves of one transaction: all are taken back unless it commits.

    Each move is written into a journal first. After a crash, :func:`settle` reads
    the journal and asks the database whether the transaction was committed.
    """

    def __init__(self, storage: Storage, session: AnySession) -> None:
        self._storage = storage
        self._session = session
        self._journal = storage.journal / f"{secrets.token_hex(16)}.jsonl"
        self._touched: set[Path] = set()
        self._emptied: set[Path] = set()
        self._committed = False
        self._ended = False
        event.listen(session, "before_commit", self._make_durable)
        event.listen(session, "after_commit", self._note_commit)
        event.listen(session, "after_transaction_end", self._end)

    @classmethod
    def of(cls, storage: Storage, session: AnySession) -> Self:
        """Return the moves of the transaction that ``session`` is in."""
        moves = session.info.get(_KEY)
        if not isinstance(moves, cls):
            moves = session.info[_KEY] = cls(storage, session)
        return moves

    def move(self, moves: Iterable[tuple[Path, Path]]) -> None:
        """Move each file from its first to its second path, making folders."""
        moves = list(moves)
        if not moves:
            return
        self._write_journal(moves)
        for source, target in moves:
            self._touched.update(make_folders(target.parent))
            if target.exists():
                step_over(self._storage, target)
            source.rename(target)
            self._touched.add(target.parent)
            if source.suffix != ".part":
                self._touched.add(source.parent)
            if source.is_relative_to(self._storage.trash):
                self._emptied.add(source.parent)

    def _write_journal(self, moves: list[tuple[Path, Path]]) -> None:
        folder = self._storage.folder
        with self._journal.open("a", encoding="utf-8") as stream:
            for pair in moves:
                names = [path.relative_to(folder).as_posix() for path in pair]
                stream.write(json.dumps(names) + "\n")
            stream.flush()
            if any(source.suffix != ".part" for source, _ in moves):
                # A power cut could else hide a file that has a row. A new file
                # has none yet: at worst it lies in the way of the next one.
                os.fsync(stream.fileno())
                self._touched.add(self._journal.parent)

    def _make_durable(self, _session: AnySession) -> None:
        for folder in self._touched:
            if folder.is_dir():
                sync_folder(folder)

    def _note_commit(self, _session: AnySession) -> None:
        self._committed = True

    def _end(self, session: AnySession, transaction: SessionTransaction) -> None:
        if transaction.parent is not None or self._ended:
            return
        self._ended = True
        session.info.pop(_KEY, None)
        if self._committed:
            self._journal.unlink(missing_ok=True)
            for folder in self._emptied:
                with suppress(OSError):
                    folder.rmdir()
            return
        with Session(session.get_bind()) as fresh:
            settle(self._storage, fresh, self._journal)


def settle(storage: Storage, session: AnySession, journal: Path) -> bool:
    """Bring files to where the database says; return whether any was moved back.

    The transaction was committed if the database knows every target: targets in
    the trash are unique, and others are only used where no file is known.
    """
    moves = _read_journal(storage, journal)
    moved_back = False
    if not _all_known(storage, session, [target for _, target in moves]):
        for source, target in reversed(moves):
            if target.exists() and not source.exists():
                make_folders(source.parent)
                target.rename(source)
                sync_folder(source.parent)
                moved_back = True
    journal.unlink(missing_ok=True)
    return moved_back


def step_over(storage: Storage, path: Path) -> None:
    """Put a file of which the database knows nothing among the lost ones."""
    place = storage.lost / secrets.token_hex(8) / path.relative_to(storage.folder)
    make_folders(place.parent)
    path.rename(place)


def _read_journal(storage: Storage, journal: Path) -> list[tuple[Path, Path]]:
    moves = []
    for line in journal.read_text("utf-8").splitlines():
        try:
            source, target = json.loads(line)
        except ValueError:
            break  # the crash cut it short: the move had not begun
        moves.append((storage.folder / source, storage.folder / target))
    return moves


def _all_known(storage: Storage, session: AnySession, paths: list[Path]) -> bool:
    locations = [storage.location_of(path) for path in paths]
    for begin in range(0, len(locations), _QUERY_SIZE):
        some = locations[begin : begin + _QUERY_SIZE]
        query = select(func.count(col(File.location).distinct())).where(
            col(File.location).in_(some)
        )
        if session.scalar(query) != len(set(some)):
            return False
    return True
