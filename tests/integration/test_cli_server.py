"""The commands that speak to a server, against a real one."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nora_core.cli.main import main
from nora_core.client import Client
from nora_core.client.embedded import EmbeddedServer, start_embedded
from nora_core.images import write_volume
from nora_core.plugins.sources import shipped_folder
from nora_core.testing import phantom_volume
from nora_core.wire.project import NewProject

Nora = Callable[..., Result]


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plugins")


@pytest.fixture(scope="module")
def server(tmp_path_factory, plugins) -> Iterator[EmbeddedServer]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NORA_PLUGINS", str(plugins))
        with start_embedded(tmp_path_factory.mktemp("data")) as running:
            with Client(running.url, running.token) as client:
                client.create_project(NewProject(name="trial", title="A trial"))
            yield running


@pytest.fixture
def nora(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> Nora:
    monkeypatch.setenv("NORA_URL", server.url)
    monkeypatch.setenv("NORA_TOKEN", server.token)

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, words)

    return call


@pytest.fixture
def ball(tmp_path: Path) -> Path:
    path = tmp_path / "ball.nii.gz"
    write_volume(path, phantom_volume())
    return path


def upload(nora: Nora, ball: Path, case: str, *more: str) -> Result:
    return nora("upload", str(ball), "-p", "trial", "--case", case, "--new", *more)


def test_projects_are_listed(nora):
    assert nora("projects").stdout.startswith("trial\tA trial\tread")
    assert json.loads(nora("projects", "--json").stdout)[0]["name"] == "trial"


def test_an_uploaded_file_is_selected_by_its_pattern(nora, ball):
    done = upload(nora, ball, "P (1)*#S-1", "--folder", "t1", "--tag", "raw")
    assert done.exit_code == 0, done.output

    found = nora("select", "t1/b*.nii.gz & FTAG:raw", "-p", "trial").stdout

    assert found.splitlines()[0].split("\t")[1:] == ["t1/ball.nii.gz", "raw"]


def test_a_folder_is_uploaded_with_its_files(nora, ball):
    (ball.parent / "sub").mkdir()
    (ball.parent / "sub" / "notes.txt").write_text("text", "utf-8")

    done = upload(nora, ball.parent / "sub", "P2#S")

    assert done.stdout == "sub/notes.txt\n"


def test_an_upload_to_a_missing_study_says_how_to_make_it(nora, ball):
    done = nora("upload", str(ball), "-p", "trial", "--case", "nobody#S")

    assert done.exit_code == 1
    assert "has no study nobody#S; --new makes it" in done.stderr


def test_a_tool_runs_on_a_chosen_case(nora, ball):
    upload(nora, ball, "P3#S")

    done = nora(
        *("order", "threshold_lesion", "-p", "trial", "--case", "P3#S", "--wait"),
        *("-a", "image=ball.nii.gz", "-a", "lower=50"),
    )

    assert done.exit_code == 0, done.output
    assert "on 1 study" in done.stdout
    found = nora("select", "threshold_lesion/*.nii.gz & FTAG:mask", "-p", "trial")
    assert len(found.stdout.splitlines()) == 1


def test_a_failed_case_is_named_with_its_reason(nora, ball):
    upload(nora, ball, "P4#S")

    done = nora(
        *("order", "threshold_lesion", "-p", "trial", "--case", "P4#S", "--wait"),
        *("-a", "image=missing.nii"),
    )

    assert done.exit_code == 1
    assert "P4#S is failed: " in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nope", "--all"], "no tool 'nope'; known: brain_mask"),
        (
            ["smooth", "--all", "-a", "image=a", "-a", "fwhm-mm=99"],
            "allowed: 0.1 to 50",
        ),
        (["smooth", "-a", "image=a"], "say on which cases"),
        (["smooth", "-a", "image=a", "--case", "nobody"], "no case of 'trial' fits"),
    ],
)
def test_a_wrong_order_is_refused_before_it_is_sent(nora, words, message):
    done = nora("order", *words, "-p", "trial")

    assert done.exit_code in {1, 2}
    assert message in done.stderr


def test_a_new_plugin_appears_after_a_reload(nora, plugins):
    source = (shipped_folder() / "threshold_lesion.py").read_text("utf-8")
    copied = source.replace("threshold_lesion", "my_lesion")
    (plugins / "my_lesion.py").write_text(copied, "utf-8")
    (plugins / "broken.py").write_text("1 / 0\n", "utf-8")

    listed = nora("plugins", "reload").stdout

    assert "my_lesion" in listed
    assert "broken: broken" in listed
    assert "ZeroDivisionError" in listed


def test_a_login_with_a_token_is_kept(server, monkeypatch, tmp_path):
    from nora_core.cli import connection

    monkeypatch.setattr(connection, "logins_file", lambda: tmp_path / "logins.json")
    runner = CliRunner()

    done = runner.invoke(main, ["login", server.url, "--token"], input=server.token)
    assert done.exit_code == 0, done.output
    assert "as local" in done.stderr
    assert runner.invoke(main, ["projects"]).stdout.startswith("trial")


def test_a_wrong_password_is_one_line(server):
    done = CliRunner().invoke(
        main, ["login", server.url, "--user", "nobody"], input="wrong password\n"
    )

    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith("nora: ")
