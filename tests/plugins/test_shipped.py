"""Every shipped plug-in keeps the contract of tools."""

from functools import cache
from pathlib import Path

import pytest

from nora_core.jobs.tool import Tool
from nora_core.plugins.registry import Registry
from nora_core.plugins.sources import load, shipped_folder
from nora_core.testing import ToolContract


@cache
def shipped() -> Registry:
    return load(folders=[])


class TestThresholdLesion(ToolContract):
    def make_tool(self) -> Tool:
        return shipped().tool("threshold_lesion")


class TestOtsuMask(ToolContract):
    def make_tool(self) -> Tool:
        return shipped().tool("otsu_mask")


class TestTissueMasks(ToolContract):
    def make_tool(self) -> Tool:
        return shipped().tool("tissue_masks")


class TestSmooth(ToolContract):
    def make_tool(self) -> Tool:
        return shipped().tool("smooth")


class TestRoiStatistics(ToolContract):
    def make_tool(self) -> Tool:
        return shipped().tool("roi_statistics")


class TestBrainMask(ToolContract):
    values = {"radius_voxels": 1, "passes": 1}  # noqa: RUF012

    def make_tool(self) -> Tool:
        pytest.importorskip("dipy")
        return shipped().tool("brain_mask")


def test_every_shipped_file_brings_a_tool_that_is_tested_here():
    tested = {
        cls().make_tool().name
        for cls in ToolContract.__subclasses__()
        if cls.__module__ == __name__
    }
    files = {path.stem for path in Path(shipped_folder()).glob("*.py")}

    assert shipped().broken == []
    assert set(shipped().tools) == tested
    assert {plugin.name for plugin in shipped().plugins} >= files
