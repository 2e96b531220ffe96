"""The files of a scene: there when it is saved; what became of them since."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.errors import NotFound
from nora_core.wire.archive import FileRow
from nora_core.wire.link import LayerState, ResolvedLayer
from nora_core.wire.names import fold
from nora_core.wire.project import Action
from nora_core.wire.scene import FileRef, Scene, SceneLayer
from nora_server.database.archive import File, RelativeName, Study, Subject
from nora_server.database.chunks import in_chunks
from nora_server.rights.actor import Actor
from nora_server.rights.query import project_for
from nora_server.services.belonging import files_among
from nora_server.services.file_rows import rows_of_files, rows_of_study


@dataclass(frozen=True)
class CheckedScene:
    """A scene whose files are there, with the projects that they are of."""

    scene: Scene
    project_ids: list[int]


def check_scene(
    actor: Actor, session: Session, project_id: int, scene: Scene
) -> CheckedScene:
    """Look up all files of a scene, and name them as they are named.

    Raises
    ------
    NotFound
        If a file is not there, not in the study that the scene says, or in a
        project that the actor may not read.
    """
    refs = [layer.files for layer in scene.layers if layer.files is not None]
    project_ids = {project_id}
    files: dict[int | None, File] = {}
    for project in sorted({ref.project for ref in refs}):
        owner = project_for(actor, session, project, Action.READ).id or 0
        project_ids.add(owner)
        wanted = {
            number for ref in refs if ref.project == project for number in ref.file_ids
        }
        of_project = {file.id: file for file in files_among(session, owner, wanted)}
        _check_studies(of_project, [ref for ref in refs if ref.project == project])
        files |= of_project
    names = _paths_of(session, [files[ref.file_ids[0]] for ref in refs])
    layers = [_named(layer, files, names) for layer in scene.layers]
    checked = scene.model_copy(update={"layers": tuple(layers)})
    return CheckedScene(checked, sorted(project_ids))


def _check_studies(files: dict[int | None, File], refs: list[FileRef]) -> None:
    for ref in refs:
        for number in ref.file_ids:
            if files[number].study_id != ref.study_id:
                raise NotFound(
                    f"no file {number} in study {ref.study_id}; load it again"
                )


def _paths_of(session: Session, files: list[File]) -> dict[int | None, str]:
    """Return the paths of the files' names, by the names' ids."""
    ids = {file.relative_name_id for file in files}
    query = select(col(RelativeName.id), col(RelativeName.path)).where(
        col(RelativeName.id).in_(ids)
    )
    return {row.id: row.path for row in session.execute(query)}


def _named(
    layer: SceneLayer, files: dict[int | None, File], names: dict[int | None, str]
) -> SceneLayer:
    """Return the layer with its first file's own name."""
    if layer.files is None:
        return layer
    name = names[files[layer.files.file_ids[0]].relative_name_id]
    ref = layer.files.model_copy(update={"relative_name": name})
    return layer.model_copy(update={"files": ref})


def resolve_layers(session: Session, scene: Scene) -> list[ResolvedLayer]:
    """Say for each layer which files there are now; rights were asked for before."""
    refs = [layer.files for layer in scene.layers if layer.files is not None]
    present = _live_rows(session, {number for ref in refs for number in ref.file_ids})
    missing = {number for ref in refs for number in ref.file_ids} - present.keys()
    names = _names_of(session, missing)
    studies = {ref.study_id for ref in refs if missing & set(ref.file_ids)}
    now = _Now(present, names, _rows_by_name(session, studies))
    return [_resolve(layer, now) for layer in scene.layers]


@dataclass(frozen=True)
class _Now:
    """What is known of the files of a scene today."""

    present: dict[int, FileRow]
    names: dict[int, str]
    """Of files that are not there any more."""
    by_name: dict[tuple[int, str], FileRow]
    """Live files by study and folded name: those that may stand in for others."""


def _resolve(layer: SceneLayer, now: _Now) -> ResolvedLayer:
    files: list[FileRow] = []
    missing: list[str] = []
    state = LayerState.PRESENT
    ref = layer.files
    for file_id in ref.file_ids if ref is not None else ():
        row = now.present.get(file_id)
        if row is None and ref is not None:
            name = now.names.get(file_id, ref.relative_name)
            missing.append(name)
            row = now.by_name.get((ref.study_id, fold(name)))
            state = LayerState.REPLACED
        if row is not None:
            files.append(row)
    if ref is not None and len(files) < len(ref.file_ids):
        state = LayerState.GONE
    return ResolvedLayer(state=state, files=files, missing=missing)


def _live_rows(session: Session, file_ids: set[int]) -> dict[int, FileRow]:
    live: list[int] = []
    for chunk in in_chunks(file_ids):
        query = (
            select(col(File.id))
            .join(Study, col(Study.id) == col(File.study_id))
            .join(Subject, col(Subject.id) == col(Study.subject_id))
            .where(
                col(File.id).in_(chunk),
                col(File.deleted_at).is_(None),
                col(Study.deleted_at).is_(None),
                col(Subject.deleted_at).is_(None),
            )
        )
        live.extend(file_id or 0 for file_id in session.scalars(query))
    return {row.id: row for row in rows_of_files(session, live)}


def _names_of(session: Session, file_ids: set[int]) -> dict[int, str]:
    return {row.id: row.relative_name for row in rows_of_files(session, list(file_ids))}


def _rows_by_name(
    session: Session, study_ids: set[int]
) -> dict[tuple[int, str], FileRow]:
    live: list[int] = []
    for chunk in in_chunks(study_ids):
        query = select(col(Study.id)).where(
            col(Study.id).in_(chunk), col(Study.deleted_at).is_(None)
        )
        live.extend(study_id or 0 for study_id in session.scalars(query))
    return {
        (row.study_id, fold(row.relative_name)): row
        for study_id in live
        for row in rows_of_study(session, study_id)
    }
