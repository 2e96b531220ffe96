"""A scene that is shown again is the same scene, whatever was on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_nora.opening.placed import Source
from napari_nora.opening.plan import LayerPlan, plan_volume
from napari_nora.opening.show import show_plan
from napari_nora.scenes.collecting import scene_of
from napari_nora.scenes.looks import ONE_COLOR, apply_look, one_color
from napari_nora.scenes.showing import FetchedScene, show_scene
from napari_nora.viewports.looks import set_own
from napari_nora.viewports.state import (
    Convention,
    Desk,
    Kind,
    Layout,
    Mosaic,
    Orientation,
    SlabMode,
)
from nora_core.images import Volume
from nora_core.wire.scene import Look, Scene
from tests.strategies import grids

millimeters = st.floats(-300, 300)
points = st.tuples(millimeters, millimeters, millimeters)
quaternions = (
    st.tuples(*[st.floats(-1, 1)] * 4)
    .filter(lambda q: np.linalg.norm(q) > 0.1)
    .map(lambda q: tuple(float(part) for part in np.array(q) / np.linalg.norm(q)))
)
limits = st.tuples(st.floats(-1e4, 0), st.floats(1, 1e4))
overrides = st.fixed_dictionaries(
    {},
    optional={
        "contrast_limits": limits,
        "colormap": st.sampled_from(["magma", "hot", "gray"]),
        "opacity": st.floats(0, 1),
        "visible": st.booleans(),
        "clips_below": st.booleans(),
        "shown_in_3d": st.sampled_from(["volume", "isosurface", "hidden"]),
        "isosurface_threshold": st.floats(-1e4, 1e4),
    },
)
states = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(Kind),
        "orientation": st.sampled_from(Orientation),
        "turn": quaternions,
        "focus_mm": st.none() | points,
        "mm_per_pixel": st.none() | st.floats(0.01, 20),
        "slab_mm": st.floats(0, 100),
        "slab_mode": st.sampled_from(SlabMode),
        "mosaic": st.builds(
            Mosaic,
            st.none() | st.integers(1, 9),
            st.none() | st.integers(1, 9),
            st.none() | st.floats(0.5, 50),
        ),
    }
)


@pytest.fixture(scope="module")
def model() -> Iterator[Any]:
    from napari.components import ViewerModel

    return ViewerModel()


def plan(number: int, grid: Any, kind: str, time: int = 4) -> LayerPlan:
    shape = (*grid.shape, time) if kind == "4d" else grid.shape
    data = np.arange(np.prod(shape), dtype="f4").reshape(shape)
    tags = ()
    if kind == "mask":
        data, tags = (data > data.mean()).astype("u1"), ("mask",)
    source = Source("demo", number + 1, (number + 1,), f"t{number}.nii")
    return plan_volume(Volume(data, grid), name=f"t{number}", tags=tags, source=source)


@st.composite
def plans(draw: st.DrawFn) -> list[LayerPlan]:
    kinds = draw(
        st.lists(st.sampled_from(["3d", "mask", "4d"]), min_size=1, max_size=3)
    )
    return [plan(n, draw(grids(4)), kind) for n, kind in enumerate(kinds)]


def show_again(viewer: Any, desk: Desk, scene: Scene, some: list[LayerPlan]) -> None:
    problems = ("",) * len(some)
    show_scene(viewer, desk, FetchedScene(scene, tuple(some), problems))


@given(plans(), st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=6)
def test_a_scene_that_is_shown_again_is_the_same(model, some, data) -> None:
    model.layers.clear()
    desk = Desk(
        data.draw(st.builds(Layout, *[st.integers(1, 2)] * 2, st.integers(0, 1)))
    )
    for one in some:
        with desk.placing(()):
            layer = show_plan(model, one)
        layer.opacity = data.draw(st.floats(0, 1))
        layer.blending = data.draw(st.sampled_from(["opaque", "additive"]))
        if one.color_count == 0:
            layer.gamma = data.draw(st.floats(0.2, 2))
            low, high = data.draw(limits)
            layer.contrast_limits_range = (low, high)
            layer.contrast_limits = (low, high)
            set_own(layer, "clips_below", data.draw(st.booleans()))
        else:
            layer.contour = data.draw(st.integers(0, 5))
    items = [str(layer.unique_id) for layer in model.layers]
    for key in desk.layout.keys:
        desk.change(key, items=tuple(items), **data.draw(states))
        for item, one in zip(items, some, strict=True):
            if one.color_count == 0 and (own := data.draw(overrides)):
                desk.override(item, key, **own)
    desk.move_crosshair(data.draw(points))
    desk.set_convention(data.draw(st.sampled_from(Convention)))
    collected = scene_of(model, desk, "look here")
    scene = Scene.model_validate_json(collected.scene.model_dump_json())
    assert scene == collected.scene
    assert collected.image_count == len(some)

    fresh = Desk()
    show_again(model, fresh, scene, some)
    again = scene_of(model, fresh, "look here").scene
    assert again.model_dump_json(indent=1).split("\n") == (
        scene.model_dump_json(indent=1).split("\n")
    )


def test_a_file_that_is_gone_is_named_in_its_viewports(viewer, tmp_path: Path) -> None:
    from nora_core.geometry.grid import Grid

    desk = Desk(Layout(1, 2, 0))
    some = [plan(n, Grid((4, 5, 6), np.eye(4)), "3d") for n in range(2)]
    for number, one in enumerate(some):
        with desk.placing([str(number)]):
            layer = show_plan(viewer, one)
        desk.change(str(number), items=(str(layer.unique_id),))
    scene = scene_of(viewer, desk).scene
    gone = FetchedScene(scene, (some[0], None), ("", "t1.nii is not there any more"))
    show_scene(viewer, desk, gone)
    assert desk["0"].note == ""
    assert desk["1"].note == "t1.nii is not there any more"
    assert desk["1"].items == ()
    assert len(viewer.layers) == 1


def test_4d_images_at_two_times_keep_both(viewer) -> None:
    from nora_core.geometry.grid import Grid

    desk = Desk(Layout(1, 1, 0))
    some = [plan(n, Grid((4, 5, 6), np.eye(4)), "4d") for n in range(2)]
    layers = [show_plan(viewer, one) for one in some]
    desk.change("0", items=tuple(str(layer.unique_id) for layer in layers))
    scene = scene_of(viewer, desk).scene
    looks = [
        layer.model_copy(update={"look": layer.look.model_copy(update={"time": n + 1})})
        for n, layer in enumerate(scene.layers)
    ]
    wanted = scene.model_copy(update={"layers": tuple(looks)})
    show_again(viewer, desk, wanted, some)
    first, second = viewer.layers
    assert np.array_equal(first.data, some[0].data[1])
    assert np.array_equal(second.data, some[1].data[2])
    assert scene_of(viewer, desk).scene == wanted


def test_unsaved_masks_travel_and_local_files_do_not(viewer) -> None:
    from napari_nora.opening.mask import add_empty_mask
    from nora_core.geometry.grid import Grid

    desk = Desk(Layout(1, 1, 0))
    grid = Grid((4, 5, 6), np.eye(4))
    stored = show_plan(viewer, plan(0, grid, "3d"))
    local = show_plan(viewer, plan_volume(Volume(stored.data, grid), name="local"))
    empty, drawn = (add_empty_mask(viewer, name, stored) for name in ("empty", "drawn"))
    drawn.data[1, 1, 1] = 1
    changed = show_plan(viewer, plan(1, grid, "mask"))
    layers = (stored, local, empty, drawn, changed)
    desk.change("0", items=tuple(str(layer.unique_id) for layer in layers))
    collected = scene_of(viewer, desk, is_unsaved=lambda layer: layer is changed)
    assert collected.left_out == ("local",)
    assert [layer for _, layer in collected.attachments] == [drawn, changed]
    assert [layer.attachment for layer in collected.scene.layers] == [
        None,
        "mask-1.nii.gz",
        "mask-2.nii.gz",
    ]


@pytest.mark.parametrize("kind", ["3d", "mask"])
def test_one_color_is_the_same_color_again(viewer, kind: str) -> None:
    from nora_core.geometry.grid import Grid

    layer = show_plan(viewer, plan(0, Grid((4, 5, 6), np.eye(4)), kind))
    layer.colormap = one_color("#12ab34", of_labels=kind == "mask")
    desk = Desk(Layout(1, 1, 0))
    desk.change("0", items=(str(layer.unique_id),))
    (described,) = scene_of(viewer, desk).scene.layers
    assert (described.look.colormap, described.look.color) == (ONE_COLOR, "#12ab34")
    before = np.asarray(layer.colormap.colors)
    layer.colormap = one_color("#ffffff", of_labels=kind == "mask")
    apply_look(layer, described.look)
    assert np.allclose(layer.colormap.colors, before)


def test_a_colormap_that_is_not_known_here_leaves_the_layer_as_it_is(viewer) -> None:
    from nora_core.geometry.grid import Grid

    layer = show_plan(viewer, plan(0, Grid((4, 5, 6), np.eye(4)), "3d"))
    apply_look(layer, Look(colormap="somebody's own", opacity=0.5))
    assert layer.colormap.name == "gray"
    assert layer.opacity == 0.5
