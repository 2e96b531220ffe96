"""The corner of a viewport names whose images are shown, all of them."""

from __future__ import annotations

from types import SimpleNamespace

from napari_nora.desktop.center import _Captions
from napari_nora.opening.placed import METADATA_KEY, Placed, Source
from napari_nora.session import Patient, Selection, Session


def layer_of(study: int) -> SimpleNamespace:
    source = Source("demo", study, (study,), "t1.nii")
    return SimpleNamespace(metadata={METADATA_KEY: Placed(None, source)})


def test_images_of_several_studies_are_all_named() -> None:
    session = Session()
    captions = _Captions(session)
    for study in (1, 2):
        patient = Patient(study, study, f"P{study}", "MR", name=f"Name {study}")
        session.select(Selection(case_ids=(study,), patient=patient))
    local = SimpleNamespace(metadata={})

    assert captions([local, layer_of(1), layer_of(1)]) == ("Name 1  P1#MR",)
    assert captions([layer_of(1), layer_of(2), layer_of(3)]) == (
        "Name 1  P1#MR",
        "+ Name 2  P2#MR",
        "+ another study",
    )
    assert captions([local]) == ()
    session.close()
