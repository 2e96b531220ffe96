"""The batch widget with a fake server: forms, orders, cases, logs and results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_nora.session import Selection
from napari_nora.widgets.batch.form import ToolForm
from napari_nora.widgets.batch.panel import BatchPanel
from nora_core.errors import ArgumentError
from nora_core.geometry.grid import Grid
from nora_core.images import Volume, write_volume
from nora_core.wire.jobs import JobState, LogPart, OrderCasePage
from nora_core.wire.tool import BrokenPlugin, ToolList
from tests.gui.fake_client import PROJECT, FakeArchive, file_row
from tests.gui.fake_jobs import TOOL, order_case, order_info

DONE = {JobState.DONE: 1, JobState.FAILED: 1}


@pytest.fixture
def archive() -> FakeArchive:
    fake = FakeArchive()
    broken = BrokenPlugin(name="bad", source="bad.py", error="SyntaxError: line 3")
    fake.client.tools.return_value = ToolList(tools=[TOOL], broken=[broken])
    fake.client.reload_tools.return_value = ToolList(tools=[TOOL], broken=[])
    fake.client.orders.return_value = []
    fake.client.select.return_value = [file_row(1, "t1/s003.nii.gz", study_id=7)]
    fake.client.submit.return_value = order_info({JobState.WAITING: 2})
    cases = [
        order_case(7, JobState.DONE, result_file_ids=[2]),
        order_case(8, JobState.FAILED, message="no file matches t1*"),
    ]
    fake.client.order_cases.return_value = OrderCasePage(rows=cases, next=None)
    fake.client.case_log.side_effect = _log
    return fake


def _log(project: str, case_id: int, offset: int) -> LogPart:
    text = "line one\nline two\n"[offset:]
    return LogPart(text=text, next_offset=offset + len(text), complete=True)


@pytest.fixture
def panel(
    qtbot: Any, viewer: Any, archive: FakeArchive, connect: Callable[..., None]
) -> BatchPanel:
    widget = BatchPanel(viewer)
    qtbot.addWidget(widget)
    widget.resize(360, 700)
    widget.show()
    connect(archive)
    widget.session.choose_project(PROJECT)
    qtbot.waitUntil(lambda: widget.run_tab.tool is not None)
    return widget


@pytest.fixture
def followed(qtbot: Any, panel: BatchPanel, archive: FakeArchive) -> BatchPanel:
    """The panel on its second tab, with one finished order."""
    order = order_info(DONE, state=JobState.FAILED)
    archive.client.orders.return_value = [order]
    panel.tabs.setCurrentWidget(panel.jobs_tab)
    panel.follower.look_soon()
    qtbot.waitUntil(lambda: panel.jobs_tab.cases.topLevelItemCount() == 2)
    return panel


def choose_rows(panel: BatchPanel, *ids: int) -> None:
    selection = Selection(
        case_ids=ids, count=len(ids), matching=250, study_id=ids[0] if ids else None
    )
    panel.session.select(selection)


def test_a_form_has_a_field_per_argument_with_unit_range_and_default(
    qapp: Any,
) -> None:
    form = ToolForm(TOOL)

    lower = form.fields["lower"]
    assert lower.label == "Lower [HU]"
    assert (lower.min, lower.max, lower.value) == (-1024, 3071, 60)
    assert form.fields["image"].label == "Image *"
    assert form.values == {
        "image": "",
        "lower": 60.0,
        "passes": 2,
        "fill": True,
        "side": "both",
    }


def test_file_patterns_complete_to_names_of_files(qapp: Any) -> None:
    form = ToolForm(TOOL)

    form.offer_names(["t1/s003.nii.gz"])

    completer = form.fields["image"].native.completer()
    completer.setCompletionPrefix("s003")
    assert completer.currentCompletion() == "t1/s003.nii.gz"


def test_broken_plugins_are_shown_with_their_error(panel: BatchPanel) -> None:
    assert "bad" in panel.run_tab.broken.text
    assert "SyntaxError" in panel.run_tab.broken.toolTip()


def test_reloading_asks_the_server_and_lists_again(
    qtbot: Any, panel: BatchPanel, archive: FakeArchive
) -> None:
    panel.run_tab.reload.click()

    qtbot.waitUntil(lambda: not panel.run_tab.broken.isVisible())
    archive.client.reload_tools.assert_called_once()


def test_nothing_runs_without_rows(panel: BatchPanel) -> None:
    assert not panel.run_tab.run.isEnabled()


def test_a_pattern_shows_what_it_matches(qtbot: Any, panel: BatchPanel) -> None:
    choose_rows(panel, 7, 8)

    panel.run_tab.form.fields["image"].value = "t1*"

    qtbot.waitUntil(
        lambda: panel.run_tab.preview.text() == "image: matches in 1 of 2 studies"
    )


def test_a_missing_argument_is_asked_for(panel: BatchPanel) -> None:
    choose_rows(panel, 7)

    panel.run_tab.run.click()

    assert panel.run_tab.error.text == "fill in: Image"


def test_an_order_is_placed_for_the_chosen_rows(
    qtbot: Any, panel: BatchPanel, archive: FakeArchive
) -> None:
    choose_rows(panel, 7, 8)
    panel.run_tab.form.fields["image"].value = "t1*"

    panel.run_tab.run.click()

    qtbot.waitUntil(lambda: panel.tabs.currentWidget() is panel.jobs_tab)
    request = archive.client.submit.call_args.args[1]
    assert (request.tool, request.case_ids) == ("threshold", [7, 8])
    assert request.arguments["image"] == "t1*"


def test_all_rows_in_the_table_can_be_run_on(
    qtbot: Any, panel: BatchPanel, archive: FakeArchive
) -> None:
    choose_rows(panel)
    panel.run_tab.everything.setChecked(True)
    panel.run_tab.form.fields["image"].value = "t1*"

    panel.run_tab.run.click()

    qtbot.waitUntil(lambda: archive.client.submit.called)
    assert archive.client.submit.call_args.args[1].case_ids == list(range(1, 251))


def test_a_refused_order_says_why_at_the_form(
    qtbot: Any, panel: BatchPanel, archive: FakeArchive
) -> None:
    archive.client.submit.side_effect = ArgumentError("lower is 9; at most 5")
    choose_rows(panel, 7)
    panel.run_tab.form.fields["image"].value = "t1*"

    panel.run_tab.run.click()

    qtbot.waitUntil(lambda: "at most 5" in panel.run_tab.error.text)
    assert panel.run_tab.run.isEnabled()


def test_cases_show_their_state_and_reason(followed: BatchPanel) -> None:
    cases = followed.jobs_tab.cases

    assert cases.topLevelItem(0).text(1) == "✓ done"
    assert cases.topLevelItem(1).toolTip(0) == "no file matches t1*"


def test_a_case_that_failed_before_it_had_a_log_says_why(
    followed: BatchPanel, archive: FakeArchive
) -> None:
    archive.client.case_log.side_effect = None
    archive.client.case_log.return_value = LogPart(
        text="", next_offset=0, complete=True
    )
    tab = followed.jobs_tab

    tab.cases.setCurrentItem(tab.cases.topLevelItem(1))

    assert tab.log.toPlainText() == ""
    assert tab.log.placeholderText() == "no file matches t1*"


def test_the_log_of_the_chosen_case_is_followed_once(
    qtbot: Any, followed: BatchPanel
) -> None:
    log = followed.jobs_tab.log
    qtbot.waitUntil(lambda: "line two" in log.toPlainText())

    followed.follower.look_soon()
    qtbot.wait(100)

    assert log.toPlainText().count("line one") == 1


def test_cancel_and_retry_only_where_they_make_sense(followed: BatchPanel) -> None:
    assert not followed.jobs_tab.cancel.isEnabled()
    assert followed.jobs_tab.retry.isEnabled()


def test_failed_cases_are_tried_again(
    qtbot: Any, followed: BatchPanel, archive: FakeArchive
) -> None:
    followed.jobs_tab.retry.click()

    qtbot.waitUntil(lambda: archive.client.retry_order.called)
    assert JobState.FAILED in archive.client.retry_order.call_args.args[2]


def test_nobody_asks_while_the_panel_is_hidden(
    qtbot: Any, panel: BatchPanel, archive: FakeArchive
) -> None:
    panel.hide()
    archive.client.orders.reset_mock()

    panel.follower.look_soon()
    qtbot.wait(50)

    archive.client.orders.assert_not_called()


def test_results_open_over_their_image(
    qtbot: Any,
    followed: BatchPanel,
    archive: FakeArchive,
    viewer: Any,
    tmp_path: Path,
) -> None:
    grid = Grid((3, 4, 5), np.diag([-2.0, 2.0, 3.0, 1.0]))
    image = np.arange(60, dtype="float32").reshape(grid.shape)
    write_volume(tmp_path / "s003.nii.gz", Volume(image, grid))
    mask = (image > 30).astype("uint8")
    write_volume(tmp_path / "lesion.nii.gz", Volume(mask, grid))
    archive.client.download.side_effect = lambda project, file, **_: (
        tmp_path / Path(file.relative_name).name
    )

    followed.jobs_tab.open.click()

    qtbot.waitUntil(lambda: len(viewer.layers) == 2)
    assert [layer.name for layer in viewer.layers] == ["t1 s003", "lesion"]
    assert type(viewer.layers[1]).__name__ == "Labels"
    assert np.allclose(viewer.layers[0].extent.world, viewer.layers[1].extent.world)


def test_ended_orders_renew_the_browser(
    qtbot: Any, panel: BatchPanel, archive: FakeArchive
) -> None:
    seen: list[object] = []
    panel.session.files_changed.connect(seen.append)
    archive.client.orders.return_value = [order_info(DONE)]
    panel.follower.look_soon()
    qtbot.waitUntil(lambda: len(panel.follower.orders) == 1)

    ended = order_info(DONE, state=JobState.DONE)
    archive.client.orders.return_value = [ended]

    qtbot.waitUntil(lambda: seen == [None], timeout=8000)


def test_a_mark_in_the_table_leads_to_its_job(
    qtbot: Any, panel: BatchPanel, archive: FakeArchive
) -> None:
    client, jobs = archive.client, panel.jobs_tab
    client.orders.return_value = [order_info(DONE, id=2), order_info(DONE)]
    client.jobs_of.return_value = [
        order_case(8, JobState.FAILED),
        order_case(7, JobState.DONE),
    ]

    panel.session.jobs_wanted.emit(archive.rows[6])

    qtbot.waitUntil(lambda: jobs.case is not None and jobs.case.id == 8)
    assert panel.tabs.currentWidget() is jobs
    assert client.jobs_of.call_args.kwargs == {"study_id": 7, "subject_id": None}


def test_a_row_without_jobs_says_so(
    qtbot: Any, panel: BatchPanel, archive: FakeArchive
) -> None:
    archive.client.jobs_of.return_value = []

    panel.session.jobs_wanted.emit(archive.rows[0])

    qtbot.waitUntil(lambda: "no jobs" in panel.jobs_tab.error.text)
