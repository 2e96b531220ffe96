"""Routes of presets: named settings of the viewer."""

from typing import Annotated

from fastapi import APIRouter, Path, status

from nora_core.wire.names import Identifier
from nora_core.wire.preset import Preset, PresetInfo, PresetSave
from nora_server.routes.dependencies import CurrentActor, CurrentParts, ProjectName
from nora_server.services import presets

router = APIRouter(prefix="/projects/{project}/presets", tags=["views"])

PresetName = Annotated[Identifier, Path(description="A preset's name.")]


@router.get("", summary="The presets that one may use, by name")
def list_presets(
    project: ProjectName, actor: CurrentActor, parts: CurrentParts
) -> list[PresetInfo]:
    with parts.database.read() as session:
        return presets.list_presets(actor, session, project)


@router.get("/{preset}", summary="One preset")
def show_preset(
    project: ProjectName, preset: PresetName, actor: CurrentActor, parts: CurrentParts
) -> Preset:
    with parts.database.read() as session:
        return presets.get_preset(actor, session, project, preset)


@router.put("/{preset}", summary="Make or overwrite a preset")
def save_preset(
    project: ProjectName,
    preset: PresetName,
    body: PresetSave,
    actor: CurrentActor,
    parts: CurrentParts,
) -> Preset:
    with parts.database.write() as session:
        return presets.save_preset(actor, session, project, preset, body)


@router.delete(
    "/{preset}", status_code=status.HTTP_204_NO_CONTENT, summary="Delete a preset"
)
def delete_preset(
    project: ProjectName, preset: PresetName, actor: CurrentActor, parts: CurrentParts
) -> None:
    with parts.database.write() as session:
        presets.delete_preset(actor, session, project, preset)
