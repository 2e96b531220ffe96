"""The files of a scene: there when it is saved; what became of them since."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from nora_core.errors import NotFound
from nora_core.wire.archive import FileRow
from nora_core.wire.link import LayerState, ResolvedLayer
from nora_core.wire.project import Action
from nora_core.wire.scene import FileRef, Scene, SceneLayer
from nora_server.database.archive import File, RelativeName, Study, Subject
from nora_server.database.chunks import in_chunks
from nora_server.rights.actor import Actor
from nora_server.rights.query import project_for
from nora_server.services.belonging import files_among
from nora_server.services.file_names import file_named, path_of_name
from nora_server.services.file_rows import rows_of_files


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
    project_ids = {project_id}
    layers: list[SceneLayer] = []
    for layer in scene.layers:
        if layer.files is None:
            layers.append(layer)
            continue
        owner = project_for(actor, session, layer.files.project, Action.READ).id or 0
        project_ids.add(owner)
        files = _check_files(session, owner, layer.files)
        layers.append(layer.model_copy(update={"files": files}))
    checked = scene.model_copy(update={"layers": tuple(layers)})
    return CheckedScene(checked, sorted(project_ids))


def _check_files(session: Session, project_id: int, ref: FileRef) -> FileRef:
    files = {file.id: file for file in files_among(session, project_id, ref.file_ids)}
    for file in files.values():
        if file.study_id != ref.study_id:
            raise NotFound(f"no file {file.id} in study {ref.study_id}; load it again")
    name = path_of_name(session, files[ref.file_ids[0]])
    return ref.model_copy(update={"relative_name": name})


def resolve_layers(session: Session, scene: Scene) -> list[ResolvedLayer]:
    """Say for each layer which files there are now; rights were asked for before."""
    wanted = {
        file_id
        for layer in scene.layers
        if layer.files is not None
        for file_id in layer.files.file_ids
    }
    present = _live_rows(session, wanted)
    return [_resolve(session, layer, present) for layer in scene.layers]


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


def _resolve(
    session: Session, layer: SceneLayer, present: dict[int, FileRow]
) -> ResolvedLayer:
    if layer.files is None:
        return ResolvedLayer(state=LayerState.PRESENT, files=[], missing=[])
    files: list[FileRow] = []
    missing: list[str] = []
    state = LayerState.PRESENT
    for file_id in layer.files.file_ids:
        row = present.get(file_id)
        if row is None:
            name = _name_of(session, file_id) or layer.files.relative_name
            missing.append(name)
            row = _successor(session, layer.files.study_id, name)
            if row is None:
                state = LayerState.GONE
                continue
            if state is LayerState.PRESENT:
                state = LayerState.REPLACED
        files.append(row)
    return ResolvedLayer(state=state, files=files, missing=missing)


def _name_of(session: Session, file_id: int) -> str | None:
    query = (
        select(col(RelativeName.path))
        .join(File, col(File.relative_name_id) == col(RelativeName.id))
        .where(col(File.id) == file_id)
    )
    return session.scalar(query)


def _successor(session: Session, study_id: int, name: str) -> FileRow | None:
    """Return the live file that bears the name now, such as a mask saved again."""
    study = session.get(Study, study_id)
    if study is None or study.deleted_at is not None:
        return None
    file = file_named(session, study_id, name)
    rows = [] if file is None else rows_of_files(session, [file.id or 0])
    return rows[0] if rows else None
