"""What all tests share: a home of their own, no network, and how many rounds."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

pytest_plugins = ["tests.services.postgres"]

_REAL_CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
_REAL_CONFIG = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config"))
_HOME = Path(tempfile.mkdtemp(prefix="nora-tests-home-"))
_KEPT_SETTINGS = frozenset({"NORA_TEST_DATA"})


def _move_home(home: Path) -> None:
    """Point every place that programs take for the user's own at ``home``."""
    for name in [name for name in os.environ if name.startswith("NORA_")]:
        if name not in _KEPT_SETTINGS:
            del os.environ[name]
    # installing the wheel in a test uses the installer's own settings and downloads
    os.environ.setdefault("UV_CACHE_DIR", str(_REAL_CACHE / "uv"))
    if (_REAL_CONFIG / "uv" / "uv.toml").exists():
        os.environ.setdefault("UV_CONFIG_FILE", str(_REAL_CONFIG / "uv" / "uv.toml"))
    os.environ["HOME"] = os.environ["USERPROFILE"] = str(home)
    for name, folder in {
        "XDG_DATA_HOME": "data",
        "XDG_CONFIG_HOME": "config",
        "XDG_CACHE_HOME": "cache",
        "XDG_STATE_HOME": "state",
        "XDG_RUNTIME_DIR": "runtime",
    }.items():
        (home / folder).mkdir(mode=0o700)
        os.environ[name] = str(home / folder)
    os.environ["NAPARI_CONFIG"] = str(home / "config" / "napari.yaml")
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    os.environ.setdefault("QT_API", "pyside6")


_move_home(_HOME)

# the same examples each time; --soak looks at other ones, and at many more
settings.register_profile(
    "quick",
    max_examples=30,
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "soak", settings.get_profile("quick"), max_examples=1000, derandomize=False
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--soak",
        action="store_true",
        help="run kill tests, fuzzing and property tests with all their rounds",
    )


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("soak" if config.getoption("--soak") else "quick")


def pytest_unconfigure() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def rounds(request: pytest.FixtureRequest) -> Callable[[int], int]:
    """Tell how many rounds to run: all with ``--soak``, else a tenth, at least one."""
    soak = bool(request.config.getoption("--soak"))

    def count(full: int) -> int:
        return full if soak else max(1, full // 10)

    return count


def _is_on_this_machine(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a socket file
    host = str(address[0])
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse connections from the tests' own process to other machines."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: object) -> None:
        if self.family != getattr(socket, "AF_UNIX", None) and not (
            _is_on_this_machine(address)
        ):
            raise AssertionError(f"a test connected to {address!r}; use loopback")
        connect(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield
