import pytest

from napari_nora.widgets.batch.form import label_of
from nora_core.wire.tool import ArgumentDescription, ArgumentKind


@pytest.mark.parametrize(
    ("title", "unit", "required", "label"),
    [
        ("Radius voxels", "voxels", False, "Radius [voxels]"),
        ("Radius", "mm", True, "Radius [mm] *"),
        ("Voxels", "voxels", False, "Voxels [voxels]"),
        ("Iterations", "", False, "Iterations"),
    ],
)
def test_a_unit_is_said_once(title, unit, required, label):
    argument = ArgumentDescription(
        name="x",
        title=title,
        kind=ArgumentKind.NUMBER,
        unit=unit,
        required=required,
    )
    assert label_of(argument) == label
