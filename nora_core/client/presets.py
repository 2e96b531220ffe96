"""Calls about presets of the viewer."""

from __future__ import annotations

from nora_core.client.calls import Calls, project_path
from nora_core.client.connection import Call, part
from nora_core.wire.preset import Preset, PresetContent, PresetInfo, PresetMark


class PresetCalls(Calls):
    """Named settings of the viewer."""

    def presets(self, project: str) -> list[PresetInfo]:
        """Return the presets that the user may use, by name."""
        call = Call("GET", project_path(project, "/presets"), repeatable=True)
        return self._connection.ask(call, list[PresetInfo])

    def preset(self, project: str, name: str) -> Preset:
        """Return one preset; the user's private one goes before the project's."""
        path = project_path(project, f"/presets/{part(name)}")
        return self._connection.ask(Call("GET", path, repeatable=True), Preset)

    def standard_preset(self, project: str) -> Preset | None:
        """Return the preset that is applied when the project is entered, if any."""
        for info in self.presets(project):
            if info.mark.is_standard:
                return self.preset(project, info.name)
        return None

    def save_preset(
        self,
        project: str,
        name: str,
        content: PresetContent,
        mark: PresetMark = PresetMark.PRIVATE,
    ) -> Preset:
        """Make a preset, or overwrite the one of this name.

        Raises
        ------
        Forbidden
            It is another user's, or this mark is for project admins to give.
        """
        path = project_path(project, f"/presets/{part(name)}")
        body = {"mark": mark.value, "content": content.model_dump(mode="json")}
        return self._connection.ask(
            Call("PUT", path, body=body, repeatable=True), Preset
        )

    def delete_preset(self, project: str, name: str) -> None:
        """Delete a preset."""
        path = project_path(project, f"/presets/{part(name)}")
        self._connection.send(Call("DELETE", path))
