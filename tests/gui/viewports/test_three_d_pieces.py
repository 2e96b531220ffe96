"""What stands in the 3D scene for each layer; no window."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels, Points, Surface, Vectors

from napari_nora.opening.placed import METADATA_KEY, Placed, Source, placed_of
from napari_nora.tasks import Tasks
from napari_nora.viewports.three_d.creating import (
    create_surface,
    remove_surface,
    surface_of,
)
from napari_nora.viewports.three_d.isosurface_piece import IsosurfacePiece
from napari_nora.viewports.three_d.items import (
    SHOWN_KEY,
    Item3D,
    PlanePicture,
    Shown,
    choices_of,
    items_of,
)
from napari_nora.viewports.three_d.stage import Stage3D
from nora_core.geometry.plane import Plane

AFFINE = np.array([[0, 0, 3, -5], [-1, 0, 0, 20], [0, 2, 0, 7], [0, 0, 0, 1.0]])


@pytest.fixture
def tasks() -> Iterator[Tasks]:
    """Tasks whose results wait in a list until `settle` delivers them."""
    waiting: list[Any] = []
    tasks = Tasks(waiting.append)
    tasks.waiting = waiting  # type: ignore[attr-defined]
    yield tasks
    tasks.close()


def settle(tasks: Any, task: Any) -> None:
    """Deliver results until a task has ended."""
    for _ in range(1000):
        while tasks.waiting:
            tasks.waiting.pop(0)()
        if task.is_ended:
            return
        task._cancelled.wait(0.01)
    raise AssertionError("the task did not end")


def bright_cube() -> Any:
    voxels = np.zeros((12, 14, 16), dtype=np.int16)
    voxels[3:9, 4:10, 5:11] = 100
    return voxels


def layers_of(stage: Stage3D, kind: type) -> list[Any]:
    return [layer for layer in stage.model.layers if isinstance(layer, kind)]


def test_a_volume_shares_its_voxels(tasks: Tasks) -> None:
    voxels = bright_cube()
    image = Image(voxels, affine=AFFINE, colormap="hot", contrast_limits=(5, 90))
    stage = Stage3D(tasks)
    stage.show([Item3D(image, Shown.VOLUME)], None)
    (volume,) = layers_of(stage, Image)
    assert np.shares_memory(volume.data, voxels)
    assert volume.colormap.name == "hot"
    assert volume.contrast_limits == [5, 90]
    np.testing.assert_allclose(
        volume.data_to_world((1, 2, 3)), AFFINE[:3] @ (1, 2, 3, 1)
    )
    stage.close()


def test_overrides_hold_in_3d(tasks: Tasks) -> None:
    image = Image(bright_cube())
    stage = Stage3D(tasks)
    own = {"contrast_limits": (1, 2), "opacity": 0.25, "colormap": "viridis"}
    stage.show([Item3D(image, Shown.VOLUME, own)], None)
    (volume,) = layers_of(stage, Image)
    assert (volume.contrast_limits, volume.opacity) == ([1, 2], 0.25)
    assert volume.colormap.name == "viridis"
    stage.show([Item3D(image, Shown.VOLUME, {"visible": False})], None)
    assert layers_of(stage, Image) == []
    stage.close()


def test_another_time_of_a_series_is_shown_in_the_same_layer(tasks: Tasks) -> None:
    image = Image(np.stack([bright_cube(), bright_cube() * 2]))
    stage = Stage3D(tasks)
    stage.show([Item3D(image, Shown.VOLUME)], None)
    (before,) = layers_of(stage, Image)
    stage.show([Item3D(image, Shown.VOLUME, time=1)], None)
    (after,) = layers_of(stage, Image)
    assert after is before
    assert np.shares_memory(after.data, image.data[1])
    assert stage.model.dims.ndim == 3
    stage.close()


def test_a_large_volume_is_thinned_and_says_so(tasks: Tasks) -> None:
    image = Image(bright_cube(), name="t1")
    stage = Stage3D(tasks, budget_mb=0.005)
    stage.show([Item3D(image, Shown.VOLUME)], None)
    (volume,) = layers_of(stage, Image)
    assert volume.data.shape == (6, 7, 8)
    assert stage.notes == {str(image.unique_id): "t1: every 2nd voxel"}
    stage.show([], None)
    assert stage.notes == {}
    stage.close()


def test_closing_a_layer_frees_its_copies(tasks: Tasks) -> None:
    stage = Stage3D(tasks)
    image, points = Image(bright_cube()), Points(np.zeros((3, 3)))
    items = [Item3D(image, Shown.VOLUME), Item3D(points, Shown.AS_IT_IS)]
    stage.show(items, (0, 0, 0))
    copies = [weakref.ref(layer) for layer in stage.model.layers]
    stage.show([], None)
    assert len(stage.model.layers) == 0
    stage.close()
    del items
    gc.collect()
    assert [copy() for copy in copies] == [None, None, None]


def test_surfaces_points_and_vectors_share_their_arrays(tasks: Tasks) -> None:
    vertices = np.eye(3, dtype=np.float32) * 9
    surface = Surface((vertices, np.array([[0, 1, 2]])), affine=AFFINE)
    points = Points(vertices, size=4, face_color="red")
    vectors = Vectors(np.ones((2, 2, 3)))
    stage = Stage3D(tasks)
    layers = [surface, points, vectors]
    stage.show([Item3D(layer, Shown.AS_IT_IS) for layer in layers], None)
    assert [type(layer) for layer in stage.model.layers] == [Surface, Points, Vectors]
    copy = stage.model.layers[0]
    assert np.shares_memory(copy.data[0], vertices)
    np.testing.assert_allclose(copy.data_to_world((1, 2, 3)), AFFINE[:3] @ (1, 2, 3, 1))
    points.face_color = "lime"
    stage.show([Item3D(points, Shown.AS_IT_IS)], None)
    (shown,) = layers_of(stage, Points)
    np.testing.assert_array_equal(shown.face_color[0], [0, 1, 0, 1])
    stage.close()


def test_an_isosurface_comes_from_a_thread_and_follows_its_threshold(
    tasks: Tasks,
) -> None:
    image = Image(bright_cube(), affine=AFFINE, name="t1")
    stage = Stage3D(tasks)
    item = Item3D(image, Shown.ISOSURFACE, color="#56b4e9")
    stage.show([item], None)
    assert layers_of(stage, Surface) == []
    assert "making its surface" in stage.notes[item.key]
    settle(tasks, tasks.titled[0])
    (surface,) = layers_of(stage, Surface)
    assert stage.notes == {}
    middle = surface.data[0].mean(axis=0)
    np.testing.assert_allclose(middle, AFFINE[:3] @ (5.5, 6.5, 7.5, 1), atol=1e-3)
    np.testing.assert_allclose(
        surface.colormap.map(1.0).ravel()[:3] * 255, [0x56, 0xB4, 0xE9], atol=1
    )
    stage.show([Item3D(image, Shown.ISOSURFACE, threshold=500.0)], None)
    settle(tasks, tasks.titled[0])
    assert layers_of(stage, Surface) == []
    assert "t1: nothing is brighter than 500" in stage.notes[item.key]
    stage.close()


def test_the_surface_of_a_mask_follows_the_pen(tasks: Tasks) -> None:
    labels = Labels(np.zeros((12, 12, 12), dtype=np.uint8))
    stage = Stage3D(tasks)
    asked = []
    stage.outdated.connect(lambda: asked.append(1))
    item = Item3D(labels, Shown.ISOSURFACE)
    stage.show([item], None)
    piece = stage.piece(item.key)
    assert isinstance(piece, IsosurfacePiece)
    settle(tasks, piece._task)
    assert "no region is drawn yet" in stage.notes[item.key]
    asked.clear()
    labels.data_setitem((np.arange(3, 7), np.full(4, 5), np.full(4, 5)), 3)
    assert asked
    stage.show([item], None)
    settle(tasks, piece._task)
    (surface,) = layers_of(stage, Surface)
    expected = np.asarray(labels.get_color(3))
    np.testing.assert_allclose(surface.vertex_colors[0], expected, atol=1e-6)
    before = piece.mesh
    labels.events.set_data()
    stage.show([item], None)
    settle(tasks, piece._task)
    assert piece.mesh is before, "nothing has changed, nothing is made anew"
    stage.close()


def test_what_is_shown_first() -> None:
    image, over = Image(bright_cube()), Image(bright_cube())
    colors = Image(np.zeros((4, 4, 4, 3), dtype=np.uint8), rgb=True)
    layers = [image, over, Labels(bright_cube()), Points(np.zeros((1, 3))), colors]
    shown = [item.shown.value for item in items_of(layers, {})]
    assert shown == ["volume", "hidden", "isosurface", "as it is", "hidden"]
    planes = items_of(layers, {}, has_planes=True)
    assert planes[0].shown is Shown.HIDDEN
    own = {str(over.unique_id): {SHOWN_KEY: "volume"}}
    assert items_of(layers, own)[1].shown is Shown.VOLUME
    assert choices_of(colors) == (Shown.HIDDEN,)
    assert Shown.ISOSURFACE in choices_of(image)


def test_planes_and_the_crosshair_stand_in_the_box_of_the_image(tasks: Tasks) -> None:
    image = Image(bright_cube(), affine=AFFINE)
    stage = Stage3D(tasks)
    plane = Plane(AFFINE[:3] @ (6, 7, 8, 1), (0, 1, 0), (0, 0, -1), 1.0, (60, 60))
    white = np.full((60, 60, 4), 255, dtype=np.uint8)
    items = [Item3D(image, Shown.HIDDEN)]
    stage.show(items, (10.0, 14.0, 20.0), [PlanePicture("0", plane, white)])
    (patch,) = layers_of(stage, Surface)
    (cross,) = layers_of(stage, Vectors)
    low, high = stage.corners_mm().min(axis=0), stage.corners_mm().max(axis=0)
    for places in (patch.data[0], cross.data[:, 0], cross.data.sum(axis=1)):
        assert (places >= low - 0.6).all()
        assert (places <= high + 0.6).all()
    stage.show(items, None)
    assert len(stage.model.layers) == 0
    stage.close()


def test_a_surface_becomes_a_layer_and_is_replaced_and_removed(tasks: Tasks) -> None:
    viewer = ViewerModel()
    image = viewer.add_image(bright_cube(), affine=AFFINE, name="t1")
    failures: list[Any] = []
    for threshold in (50.0, 20.0):
        item = Item3D(image, Shown.HIDDEN, threshold=threshold, color="#e69f00")
        settle(tasks, create_surface(viewer, tasks, item, failures.append))
        surface = surface_of(viewer, image)
        assert surface is not None
        assert len(viewer.layers) == 2
    assert surface.name == "t1 surface"
    item = Item3D(image, Shown.HIDDEN, threshold=1e6)
    settle(tasks, create_surface(viewer, tasks, item, failures.append))
    assert "t1: nothing is brighter than 1e+06" in failures[0].message
    remove_surface(viewer, image)
    assert list(viewer.layers) == [image]


def test_no_surface_is_added_to_another_case_that_came_meanwhile(tasks: Tasks) -> None:
    viewer = ViewerModel()
    image = viewer.add_image(bright_cube(), affine=AFFINE, name="t1")
    item = Item3D(image, Shown.HIDDEN, threshold=50.0)
    task = create_surface(viewer, tasks, item, lambda _: None)
    image.data = np.roll(bright_cube(), 1)
    settle(tasks, task)
    assert list(viewer.layers) == [image]


def test_a_surface_leaves_with_the_study_that_it_is_made_of(tasks: Tasks) -> None:
    viewer = ViewerModel()
    source = Source("demo", 3, (7,), "t1.nii")
    metadata = {METADATA_KEY: Placed(None, source)}
    image = viewer.add_image(bright_cube(), affine=AFFINE, metadata=metadata)
    item = Item3D(image, Shown.HIDDEN, threshold=50.0)
    settle(tasks, create_surface(viewer, tasks, item, lambda _: None))
    placed = placed_of(surface_of(viewer, image))
    assert placed is not None
    assert placed.source == Source("demo", 3, (), "")


def test_the_surface_of_other_voxels_goes_before_theirs_is_made(tasks: Tasks) -> None:
    stage = Stage3D(tasks)
    regions = Labels((bright_cube() > 0).astype("u1"), affine=AFFINE)
    items = items_of([regions], {}, {})
    stage.show(items, None)
    settle(tasks, tasks._active[-1])
    assert layers_of(stage, Surface)
    regions.data = np.roll(regions.data, 2)
    stage.show(items, None)
    assert not layers_of(stage, Surface)
    settle(tasks, tasks._active[-1])
    assert layers_of(stage, Surface)
    stage.close()
