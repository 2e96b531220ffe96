"""A tool of one's own, and a broken one, in the real panel of a real server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_nora.remembered import Remembered
from napari_nora.session import Connection, Selection, Session, set_session
from napari_nora.widgets.batch.panel import BatchPanel
from nora_core.client import Client, EmbeddedServer, start_embedded
from nora_core.images import read_volume, write_volume
from nora_core.testing import phantom_volume
from nora_core.wire.archive import NewStudy, SelectQuery
from nora_core.wire.project import NewProject

pytestmark = pytest.mark.window

PROJECT = "trial"
MANUAL = Path(__file__).parents[2] / "plugins" / "README.md"


def tool_of_the_manual() -> str:
    """Return the first tool that ``plugins/README.md`` shows, under a name of its own.

    The one of its own name is shipped too, and so is there before it is copied.
    """
    found = re.search(r"```python\n(.*?)```", MANUAL.read_text("utf-8"), re.DOTALL)
    assert found is not None
    source = found.group(1)
    assert len(source.splitlines()) == 21
    return source.replace("threshold_lesion", "my_lesion").replace(
        "Threshold lesion", "My lesion"
    )


@pytest.fixture(scope="module")
def own_tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("my tools")


@pytest.fixture(scope="module")
def server(
    own_tools: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedServer]:
    """A server whose project has one study with one image."""
    image = tmp_path_factory.mktemp("image") / "ball.nii.gz"
    write_volume(image, phantom_volume())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NORA_PLUGINS", str(own_tools))
        with start_embedded(tmp_path_factory.mktemp("data")) as running:
            with Client(running.url, running.token) as client:
                client.create_project(NewProject(name=PROJECT))
                new = NewStudy(patients_id="P1", studies_id="S")
                study = client.create_study(PROJECT, new)
                client.upload(PROJECT, image, study.study_id, "t1/ball.nii.gz")
            yield running


@pytest.fixture
def client(server: EmbeddedServer, tmp_path: Path) -> Iterator[Client]:
    with Client(server.url, server.token, cache=tmp_path / "cache") as client:
        yield client


@pytest.fixture
def folder(own_tools: Path, client: Client) -> Iterator[Path]:
    """The empty folder that the server's ``$NORA_PLUGINS`` names."""
    yield own_tools
    for file in own_tools.iterdir():
        file.unlink()
    client.reload_tools()


@pytest.fixture
def panel(
    qtbot: Any, client: Client, folder: Path, tmp_path: Path
) -> Iterator[BatchPanel]:
    from napari.components import ViewerModel

    viewer = ViewerModel()
    session = Session(Remembered(tmp_path / "window.ini"))
    set_session(viewer, session)
    widget = BatchPanel(viewer)
    qtbot.addWidget(widget)
    widget.resize(360, 700)
    widget.show()
    session.connect(Connection(client, "http://localhost", "local", "1"))
    session.choose_project(client.projects()[0])
    qtbot.waitUntil(lambda: widget.run_tab.tool is not None)
    yield widget
    session.close()


@pytest.fixture
def reload(qtbot: Any, panel: BatchPanel) -> Callable[[], str]:
    """Press the button and wait for what the status bar says about it."""

    def go() -> str:
        shown: list[str] = []
        panel.session.noticed.connect(shown.append)
        button = panel.run_tab.reload
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(shown))
        return shown[-1]

    return go


def listed(panel: BatchPanel) -> list[str]:
    tools = panel.run_tab.tools
    return [tools.itemText(row) for row in range(tools.count())]


def test_a_copied_tool_is_listed_and_runs_on_a_case(
    qtbot: Any,
    panel: BatchPanel,
    client: Client,
    folder: Path,
    reload: Callable[[], str],
) -> None:
    before, tab = listed(panel), panel.run_tab
    (folder / "my_lesion.py").write_text(tool_of_the_manual(), "utf-8")

    assert reload().endswith("; new: My lesion")
    assert sorted(listed(panel)) == sorted([*before, "My lesion"])

    tab.choose_tool("my_lesion")
    assert tab.description.text() == "Mark every voxel of image at or above lower."
    tab.form.fields["image"].value = "t1/ball*"
    tab.form.fields["lower"].value = 50.0
    study_id = client.select(PROJECT, SelectQuery(pattern="ball*"))[0].study_id
    panel.session.select(Selection(case_ids=(study_id,), count=1, matching=1))
    QTest.mouseClick(tab.run, Qt.MouseButton.LeftButton)
    cases = panel.jobs_tab.cases
    qtbot.waitUntil(
        lambda: (
            cases.topLevelItemCount() == 1 and cases.topLevelItem(0).text(1) == "✓ done"
        ),
        timeout=30_000,
    )

    stored = client.select(PROJECT, SelectQuery(pattern="my_lesion/*.nii.gz"))
    assert [file.study_id for file in stored] == [study_id]
    mask = read_volume(client.download(PROJECT, stored[0])).data
    assert np.array_equal(mask > 0, phantom_volume().data >= 50)


def test_a_broken_plugin_is_shown_with_its_error_until_it_is_mended(
    panel: BatchPanel, folder: Path, reload: Callable[[], str]
) -> None:
    before, line = listed(panel), panel.run_tab.broken
    (folder / "broken.py").write_text("x = 1\n1 / 0\n", "utf-8")

    reload()

    assert line.isVisible()
    assert line.text == (
        "The plug-in 'broken' was skipped: "
        "ZeroDivisionError: division by zero (broken.py, line 2)"
    )
    assert str(folder / "broken.py") in line.toolTip()
    assert listed(panel) == before

    (folder / "broken.py").write_text(tool_of_the_manual(), "utf-8")
    reload()

    assert not line.isVisible()
    assert "My lesion" in listed(panel)
