"""Starts masks and saves them to their studies, as the panel's buttons ask."""

from __future__ import annotations

from typing import Any

from napari_nora.opening.mask import add_empty_mask
from napari_nora.session import Session
from napari_nora.widgets.browser import layers
from napari_nora.widgets.browser.actions import BrowserActions
from napari_nora.widgets.browser.table_page import TablePage
from nora_core.errors import NoraError


class MaskButtons:
    """Answers “New mask” and “Save mask…”.

    Parameters
    ----------
    viewer : napari.Viewer
        Has the layers.
    """

    def __init__(
        self, session: Session, viewer: Any, page: TablePage, actions: BrowserActions
    ) -> None:
        self._session = session
        self._viewer = viewer
        self._page = page
        self._actions = actions
        page.new_mask.clicked.connect(self._on_new_mask_clicked)
        page.save_mask.clicked.connect(self._on_save_mask_clicked)
        page.save_form.save_requested.connect(self._on_save_requested)
        actions.name_taken.connect(page.save_form.ask_replace)

    def _on_new_mask_clicked(self) -> None:
        try:
            add_empty_mask(self._viewer, "mask", layers.active_image(self._viewer))
        except NoraError as error:
            self._page.error.show_error(error.message)

    def _on_save_mask_clicked(self) -> None:
        layer = layers.labels_layer(self._viewer)
        if layer is None:
            self._page.error.show_error(
                "choose the Labels layer to save in the layer list, "
                "or start one with “New mask”"
            )
            return
        self._page.save_form.ask(layer.name, layers.file_name_for(layer))
        study_id = self._study_to_save(layer)
        if study_id is not None:
            self._actions.name_study(study_id, self._page.save_form.name_study)

    def _on_save_requested(self, name: str, replace: bool) -> None:
        layer = layers.labels_layer(self._viewer)
        if layer is None:
            return
        try:
            mask = layers.MaskToSave(self._viewer, layer)
        except NoraError as error:
            self._page.error.show_error(error.message)
            return
        study_id = self._study_to_save(layer)
        if study_id is None:
            self._page.error.show_error("choose the study that the mask belongs to")
            return
        self._actions.save_mask(mask, study_id, name, replace)

    def _study_to_save(self, layer: Any) -> int | None:
        """Return the study of the image that was drawn on, or else the chosen one."""
        source = layers.study_of(self._viewer, layer)
        return source.study_id if source else self._session.selection.study_id
