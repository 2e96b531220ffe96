"""Puts the images of another case into the viewports, all in one step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from napari.layers import Labels

from napari_nora.autoloaders.case import Case
from napari_nora.autoloaders.dressing import can_take, give, wear
from napari_nora.autoloaders.fetching import Loaded
from napari_nora.autoloaders.looks import Dress, dress
from napari_nora.autoloaders.new_mask import METADATA_KEY as NEW_MASK_KEY
from napari_nora.autoloaders.placing import Notes, Placing, aim, grids_in
from napari_nora.autoloaders.resolve import Match, Missing, Slot
from napari_nora.autoloaders.unsaved import KeptMask, UnsavedMasks
from napari_nora.opening.mask import add_empty_mask
from napari_nora.opening.placed import placed_of
from napari_nora.opening.plan import LayerPlan
from napari_nora.opening.show import show_plan
from napari_nora.opening.windows import Limits, WindowPreset
from napari_nora.viewports.state import Desk
from nora_core.errors import BadInput
from nora_core.wire.archive import FileRow

NEW_MASK = -1
"""Place of a new mask among the matches of its autoloader."""
Slots = dict[Slot, Any]


class Stage:
    """The layers of the case that is shown.

    Layers of the case before take the voxels of the new one where they can, so
    viewports, controls and the layer list stay as they are.
    """

    def __init__(self, viewer: Any, desk: Desk, unsaved: UnsavedMasks) -> None:
        self._viewer = viewer
        self._desk = desk
        self._unsaved = unsaved
        self.slots: Slots = {}
        """Layers by what autoloader and match they are of."""
        self.case: Case | None = None
        self.server = ""
        """Where all that is open comes from."""
        self.files: dict[tuple[int, ...], FileRow] = {}
        """First file of each image that is shown, by the ids of its files."""

    def show(self, loaded: Loaded, main_viewport: str | None = None) -> None:
        """Show a case in place of the one before."""
        notes = Notes()
        grids = grids_in(self._viewer, self._desk)
        self._put_aside()
        self.case = loaded.resolution.case
        kept = self._unsaved.take_back(self.case, self.server)
        own = {mask.slot: mask for mask in kept if mask.slot is not None}
        slots = self._fill(loaded, own)
        for mask in kept:
            slot = mask.slot or (NEW_MASK, id(mask), None)
            if slot not in slots:
                slots[slot] = self._bring_back(mask)
        self._close_all_but(slots.values())
        self.slots = slots
        self.files = {
            tuple(file.id for file in match.files): match.files[0]
            for match in loaded.resolution.matches
        }
        self._make_masks(loaded.resolution.missing)
        self._stack()
        self._say(loaded, notes)
        dresses = self._dress(loaded, own, notes)
        open_items = {str(layer.unique_id) for layer in self._viewer.layers}
        placing = Placing(loaded.resolution, self.slots, dresses)
        placing.apply(self._desk, notes, open_items)
        aim(self._desk, grids, grids_in(self._viewer, self._desk), main_viewport)

    def clear(self) -> None:
        """Take the case's layers off the screen; unsaved masks are kept."""
        self._put_aside()
        self._close_all_but(())
        self.slots = {}
        self.case = None

    def _put_aside(self) -> None:
        """Keep unsaved masks; those of the case that is shown again come back."""
        slots = {id(layer): slot for slot, layer in self.slots.items()}
        for layer in self._unsaved.among(list(self._viewer.layers)):
            case = self._case_of(layer)
            if case is None:
                continue  # of a file of this computer
            keys = self._desk.showing(str(layer.unique_id))
            slot = slots.get(id(layer))
            self._unsaved.keep(KeptMask(case, layer, keys, slot, self.server))
            self._viewer.layers.remove(layer)
            if slot is not None:
                del self.slots[slot]

    def _case_of(self, layer: Any) -> Case | None:
        """Return the case that a mask belongs to: that which is shown, or its study."""
        placed = placed_of(layer)
        source = placed.source if placed is not None else None
        if placed is not None and source is None:
            return None
        if source is None or (
            self.case is not None and self.case.study_id in (None, source.study_id)
        ):
            return self.case
        named = f"study {source.study_id}"
        return Case(source.project, 0, source.study_id, named, None)

    def _fill(self, loaded: Loaded, own: Mapping[Slot, KeptMask]) -> Slots:
        """Return a layer for each match that can be shown."""
        slots: Slots = {}
        for match in loaded.resolution.matches:
            plan = loaded.plans.get(match.slot)
            if match.slot in own:
                slots[match.slot] = self._bring_back(own[match.slot])
            elif plan is not None:
                layer = self._layer_for(match, plan)
                slots[match.slot] = layer
                if isinstance(layer, Labels):
                    known = loaded.fingerprints.get(match.slot)
                    self._unsaved.note_stored(layer, known)
        return slots

    def _bring_back(self, mask: KeptMask) -> Any:
        with self._desk.placing(mask.viewports):
            self._viewer.add_layer(mask.layer)
        return mask.layer

    def _layer_for(self, match: Match, plan: LayerPlan) -> Any:
        layer = self.slots.get(match.slot)
        if layer is not None and layer in self._viewer.layers and can_take(layer, plan):
            give(self._viewer, layer, plan)
            return layer
        with self._desk.placing(()):
            return show_plan(self._viewer, plan)

    def _close_all_but(self, kept: Iterable[Any]) -> None:
        """Close what comes from studies, but for the layers of the case."""
        stay = {id(layer) for layer in kept}
        for layer in list(self._viewer.layers):
            placed = placed_of(layer)
            is_of_study = placed is not None and placed.source is not None
            if id(layer) not in stay and is_of_study:
                self._viewer.layers.remove(layer)
                self._unsaved.forget(layer)

    def _make_masks(self, missing: Iterable[Missing]) -> None:
        """Make the masks that a case does not have yet."""
        for one in missing:
            new, slot = one.new_mask, (one.index, NEW_MASK, None)
            references = [
                layer
                for (index, _, _), layer in self.slots.items()
                if new is not None and index == new.reference
            ]
            if new is None or slot in self.slots or not references:
                continue
            name = new.relative_name.rpartition("/")[2].partition(".")[0]
            with self._desk.placing(one.viewports):
                layer = add_empty_mask(self._viewer, name, references[0])
            layer.mode = "pan_zoom"
            layer.metadata = {**layer.metadata, NEW_MASK_KEY: new}
            self.slots[slot] = layer

    def _stack(self) -> None:
        """Stack the layers as their matches follow, above all others."""
        layers = self._viewer.layers
        wanted = [layer for layer in self.slots.values() if layer in layers]
        present = [layer for layer in layers if any(layer is one for one in wanted)]
        if [id(layer) for layer in present] == [id(layer) for layer in wanted]:
            return
        for layer in wanted:
            layers.move(layers.index(layer), len(layers))

    def _say(self, loaded: Loaded, notes: Notes) -> None:
        for match in loaded.resolution.matches:
            if match.slot in loaded.failures:
                keys = [place.viewport for place in match.placements]
                notes.add(keys, loaded.failures[match.slot])
        for missing in loaded.resolution.missing:
            if missing.new_mask is None:
                notes.add(missing.viewports, missing.sentence)

    def _dress(
        self, loaded: Loaded, own: Mapping[Slot, KeptMask], notes: Notes
    ) -> dict[Slot, Dress]:
        """Give each layer its look; masks that came back keep theirs."""
        dresses = {}
        for match in loaded.resolution.matches:
            plan = loaded.plans.get(match.slot)
            if plan is None:
                continue
            chosen = _dress_of(match, plan, notes)
            dresses[match.slot] = chosen
            if match.slot not in own:
                wear(self.slots[match.slot], plan, chosen)
        return dresses


def _dress_of(match: Match, plan: LayerPlan, notes: Notes) -> Dress:
    def limits(preset: WindowPreset) -> Limits:
        return preset.limits(plan.data)

    try:
        return dress(match, plan.kind, limits)
    except BadInput as error:
        notes.add([place.viewport for place in match.placements], str(error))
        return Dress({})
