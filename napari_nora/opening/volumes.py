"""One volume of a 4D image as an image of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from napari_nora.opening.plan import LayerKind, LayerPlan


def volume_of_plan(plan: LayerPlan, number: int | None) -> LayerPlan:
    """Return the plan of one volume of a 4D image; all else stays as it is.

    The voxels are a view: nothing is copied. A number that is too high is the last.
    """
    if number is None or not is_4d(plan):
        return plan
    number = min(max(number, 0), plan.data.shape[0] - 1)
    options: dict[str, Any] = dict(plan.options)
    options["scale"] = options["scale"][1:]
    options["affine"] = options["affine"][1:, 1:]
    name = f"{plan.name} [{number}]"
    return replace(
        plan, data=plan.data[number], name=name, options=options, volume=number
    )


def is_4d(plan: LayerPlan) -> bool:
    """Whether a plan is an image that changes over time."""
    is_image = plan.kind is LayerKind.IMAGE and not plan.options.get("rgb")
    return is_image and plan.data.ndim == 4
