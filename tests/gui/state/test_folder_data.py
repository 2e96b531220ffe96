import pytest

from napari_nora.widgets.browser import connect
from nora_core.errors import BadInput


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(connect, "data_folder", lambda: tmp_path / "home")
    return tmp_path / "home"


def test_results_stay_out_of_an_opened_folder(home, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    assert connect.data_folder_for(folder, beside=False) == home
    assert list(folder.iterdir()) == []


def test_results_beside_the_data_by_choice_and_ever_after(home, tmp_path):
    folder = tmp_path / "images"
    near = folder / "derivatives" / "nora"
    assert connect.data_folder_for(folder, beside=True) == near
    (near / "nora.sqlite").touch()
    assert connect.data_folder_for(folder, beside=False) == near


def test_a_folder_that_cannot_be_written_to_is_told(home, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "derivatives").touch()
    with pytest.raises(BadInput, match="without results beside"):
        connect.data_folder_for(folder, beside=True)
