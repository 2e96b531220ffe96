"""``nora plugins`` lists tools, their sources, and what is broken."""

import json

import pytest
from click.testing import CliRunner

from nora_core.cli.main import main


@pytest.fixture
def broken(tmp_path, monkeypatch):
    (tmp_path / "broken.py").write_text("import no_such_package_x\n", "utf-8")
    monkeypatch.setenv("NORA_PLUGINS", str(tmp_path))
    return tmp_path / "broken.py"


def test_tools_and_broken_plugins_are_listed(broken):
    result = CliRunner().invoke(main, ["plugins"])

    assert result.exit_code == 0
    assert "threshold_lesion  Threshold lesion" in result.stdout
    assert f"broken: broken ({broken})" in result.stdout
    assert "No module named 'no_such_package_x' (broken.py, line 1)" in result.stdout


def test_the_list_can_be_json(broken):
    result = CliRunner().invoke(main, ["plugins", "--json"])

    found = json.loads(result.stdout)
    assert "smooth" in [tool["name"] for tool in found["tools"]]
    assert found["broken"][0]["name"] == "broken"


def test_a_reload_needs_a_server():
    result = CliRunner().invoke(main, ["plugins", "reload"])

    assert result.exit_code == 1
    assert "no server is known; 'nora login URL'" in result.stderr
