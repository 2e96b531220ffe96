"""Files on their way in: begun, continued after any break, finished once."""

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.errors import BadInput, ChecksumMismatch, Conflict, NotFound
from nora_core.wire.archive import FileRow, UploadRequest, UploadState
from nora_core.wire.project import Action
from nora_server.database.archive import Study
from nora_server.database.history import Upload
from nora_server.parts import Parts
from nora_server.rights.actor import Actor
from nora_server.rights.query import project_for
from nora_server.services.belonging import study_in
from nora_server.services.file_rows import rows_of_files
from nora_server.services.files import (
    Author,
    NewFile,
    refuse_taken_name,
    store_file,
)
from nora_server.storage import Incoming, StagedFile
from nora_server.storage.incoming import Part

_CHECKED_FIRST_BYTES = 1 << 20


def begin_upload(
    actor: Actor, parts: Parts, project: str, request: UploadRequest
) -> UploadState:
    """Make room for a file; the same wish again goes on with the same upload."""
    with parts.database.write() as session:
        project_id = project_for(actor, session, project, Action.WRITE).id or 0
        study_in(session, project_id, request.study_id)
        upload = _under_way(session, actor, request)
        arrived = 0 if upload is None else parts.storage.incoming.size_of(upload.id)
        parts.storage.require_space(request.size_bytes - arrived)
        if upload is None:
            _refuse_taken_name(session, request)
            upload = Upload(
                id=parts.storage.incoming.new_id(),
                account_id=actor.account_id,
                **request.model_dump(),
            )
            session.add(upload)
            session.flush()
        return _state_of(session, parts, upload)


def get_upload(actor: Actor, parts: Parts, project: str, upload_id: str) -> UploadState:
    """Return how much of an upload has arrived."""
    with parts.database.read() as session:
        upload = _own_upload(actor, session, project, upload_id)
        return _state_of(session, parts, upload)


class Inbox:
    """Takes the bytes of one request, and no more than were announced."""

    def __init__(self, part: Part, limit_bytes: int) -> None:
        self.part = part
        self.limit_bytes = limit_bytes

    def write(self, block: bytes | bytearray) -> None:
        """Add ``block``.

        Raises
        ------
        BadInput
            If more bytes come than the upload's ``size_bytes``.
        """
        if self.part.size_bytes + len(block) > self.limit_bytes:
            raise BadInput(
                f"more bytes came than the {self.limit_bytes} that were announced; "
                "begin the upload again with the right size"
            )
        self.part.write(block)


def open_upload(
    actor: Actor, parts: Parts, project: str, upload_id: str, offset: int
) -> Inbox:
    """Open an upload for bytes from ``offset`` on."""
    with parts.database.read() as session:
        upload = _own_upload(actor, session, project, upload_id)
    if upload.file_id is not None:
        raise Conflict("the upload is finished; ask for its state")
    parts.storage.require_space(upload.size_bytes - offset)
    part = parts.storage.incoming.open(upload_id, offset)
    return Inbox(part, upload.size_bytes)


def finish_if_whole(
    actor: Actor, parts: Parts, project: str, upload_id: str
) -> UploadState:
    """Give the file its row if all bytes are there and are the right ones.

    Raises
    ------
    ChecksumMismatch
        If other bytes came than were announced; they are thrown away.
    """
    incoming = parts.storage.incoming
    with parts.database.read() as session:
        upload = _own_upload(actor, session, project, upload_id)
    is_whole = incoming.size_of(upload_id) == upload.size_bytes
    if upload.file_id is not None or not is_whole:
        return get_upload(actor, parts, project, upload_id)
    staged = incoming.finish(upload_id)
    if staged.sha256 != upload.sha256:
        incoming.drop(upload_id)
        raise _mismatch()
    with parts.database.write() as session:
        upload = _own_upload(actor, session, project, upload_id)
        if upload.file_id is None:
            request = UploadRequest.model_validate(upload.model_dump())
            file = store_file(
                session,
                parts.storage,
                Author(actor.account_id),
                _as_new_file(request, staged),
            )
            upload.file_id = file.id
            session.add(upload)
            session.flush()
        return _state_of(session, parts, upload)


def open_whole(
    actor: Actor, parts: Parts, project: str, request: UploadRequest
) -> Inbox:
    """Open a place for a file that comes in one request.

    Large ones are refused before any byte is read if they could not be stored; of
    small ones :func:`store_whole` says it as soon.
    """
    parts.storage.require_space(request.size_bytes)
    if request.size_bytes > _CHECKED_FIRST_BYTES:
        with parts.database.read() as session:
            project_id = project_for(actor, session, project, Action.WRITE).id or 0
            study_in(session, project_id, request.study_id)
            _refuse_taken_name(session, request)
    incoming = parts.storage.incoming
    return Inbox(incoming.open(incoming.new_id()), request.size_bytes)


def store_whole(
    actor: Actor, parts: Parts, project: str, request: UploadRequest, inbox: Inbox
) -> FileRow:
    """Store the file that came in one request."""
    inbox.part.close()
    staged = parts.storage.incoming.finish(inbox.part.id)
    with parts.database.write() as session:
        project_id = project_for(actor, session, project, Action.WRITE).id or 0
        study_in(session, project_id, request.study_id)
        if (staged.size_bytes, staged.sha256) != (request.size_bytes, request.sha256):
            raise _mismatch()  # only now: whoever has no right hears of that first
        new = _as_new_file(request, staged)
        file = store_file(session, parts.storage, Author(actor.account_id), new)
        return rows_of_files(session, [file.id or 0])[0]


def drop_whole(parts: Parts, inbox: Inbox) -> None:
    """Throw away what is left of a file that came in one request."""
    inbox.part.close()
    parts.storage.incoming.drop(inbox.part.id)


def _refuse_taken_name(session: Session, request: UploadRequest) -> None:
    refuse_taken_name(
        session,
        request.study_id,
        request.relative_name,
        request.sha256,
        request.replace,
    )


def _as_new_file(request: UploadRequest, staged: StagedFile) -> NewFile:
    return NewFile(
        study_id=request.study_id,
        relative_name=request.relative_name,
        staged=staged,
        tags=request.tags,
        replace=request.replace,
    )


def _under_way(session: Session, actor: Actor, request: UploadRequest) -> Upload | None:
    query = select(Upload).where(
        col(Upload.account_id) == actor.account_id,
        col(Upload.study_id) == request.study_id,
        col(Upload.relative_name) == request.relative_name,
        col(Upload.size_bytes) == request.size_bytes,
        col(Upload.sha256) == request.sha256,
        col(Upload.file_id).is_(None),
    )
    upload = session.scalar(query)
    if upload is not None:
        upload.tags = request.tags
        upload.replace = request.replace
        session.add(upload)
    return upload


def _own_upload(actor: Actor, session: Session, project: str, upload_id: str) -> Upload:
    project_id = project_for(actor, session, project, Action.WRITE).id
    upload = session.get(Upload, upload_id) if Incoming.is_id(upload_id) else None
    if upload is None or upload.account_id != actor.account_id:
        raise _no_upload()
    study = session.get_one(Study, upload.study_id)
    if study.project_id != project_id or study.deleted_at is not None:
        raise _no_upload()
    return upload


def _state_of(session: Session, parts: Parts, upload: Upload) -> UploadState:
    if upload.file_id is None:
        received = parts.storage.incoming.size_of(upload.id)
        return UploadState(
            id=upload.id, received_bytes=received, size_bytes=upload.size_bytes
        )
    return UploadState(
        id=upload.id,
        received_bytes=upload.size_bytes,
        size_bytes=upload.size_bytes,
        file=rows_of_files(session, [upload.file_id])[0],
    )


def _no_upload() -> NotFound:
    return NotFound("no such upload of yours in this project; begin it again")


def _mismatch() -> ChecksumMismatch:
    return ChecksumMismatch(
        "other bytes arrived than were announced (size or sha256 differ); "
        "the file may have changed meanwhile: send it again"
    )
