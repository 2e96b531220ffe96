"""A real browser: Debian's Chromium without a window, spoken to through pipes.

    with Chromium() as browser:
        page = browser.open("http://127.0.0.1:8042/l/...")
        page.wait_for("document.querySelector('h1')")

The protocol is Chromium's own (DevTools), over ``--remote-debugging-pipe``: no port,
no driver program and no further package.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-sandbox",  # tests run as root in containers; pages are ours alone
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
)
_PATIENCE_S = 30.0


class ChromiumMissing(RuntimeError):
    """The browser is not installed."""


def find_program() -> str:
    """Return the path of Chromium."""
    for name in _NAMES:
        path = shutil.which(name)
        if path is not None:
            return path
    raise ChromiumMissing(
        "chromium is not installed; install it with 'apt-get install chromium'"
    )


class Chromium:
    """A browser with a profile of its own that lives as long as the ``with`` block."""

    def __init__(self) -> None:
        program = find_program()
        self._profile = tempfile.mkdtemp(prefix="nora-chromium-")
        to_browser, self._write_end = _pipe()
        self._read_end, from_browser = _pipe()
        self._pid = _start(program, self._profile, to_browser, from_browser)
        os.close(to_browser)
        os.close(from_browser)
        self._rest = b""
        self._last_id = 0
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the browser with all its processes and forget its profile."""
        os.killpg(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._write_end)
        os.close(self._read_end)
        shutil.rmtree(self._profile, ignore_errors=True)

    def open(self, url: str, *, is_dark: bool = False, width: int = 900) -> Page:
        """Open a page in a context of its own, as a fresh window would."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call(
            "Target.createTarget", url="about:blank", browserContextId=context
        )["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)
        page = Page(self, session["sessionId"])
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.call(f"{domain}.enable")
        look = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        page.call("Emulation.setEmulatedMedia", features=[look])
        size = {"width": width, "height": 900, "deviceScaleFactor": 1}
        page.call("Emulation.setDeviceMetricsOverride", mobile=False, **size)
        page.go(url)
        return page

    def call(self, method: str, session: str | None = None, **values: Any) -> Any:
        """Send a command and return its result; events meanwhile are kept."""
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": values}
        if session is not None:
            message["sessionId"] = session
        os.write(self._write_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._last_id:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def _receive(self) -> dict[str, Any]:
        end = time.monotonic() + _PATIENCE_S
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read_end], [], [], 1.0)
            piece = os.read(self._read_end, 1 << 16) if ready else b""
            if (ready and not piece) or time.monotonic() > end:
                raise RuntimeError("Chromium ended or does not answer")
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer


class Page:
    """One page of a browser."""

    def __init__(self, browser: Chromium, session: str) -> None:
        self._browser = browser
        self._session = session

    def call(self, method: str, **values: Any) -> Any:
        """Send a command about this page."""
        return self._browser.call(method, self._session, **values)

    def go(self, url: str) -> None:
        """Load an address and wait until its scripts have run."""
        self.call("Page.navigate", url=url)
        self.wait_for(f"location.href !== 'about:blank' && {_IS_LOADED}")

    def run(self, script: str) -> Any:
        """Return the value of an expression; a promise is waited for."""
        done = self.call(
            "Runtime.evaluate",
            expression=script,
            returnByValue=True,
            awaitPromise=True,
            userGesture=True,
        )
        if "exceptionDetails" in done:
            raise RuntimeError(str(done["exceptionDetails"]))
        return done["result"].get("value")

    def wait_for(self, script: str) -> Any:
        """Wait until an expression is true and return its value."""
        end = time.monotonic() + _PATIENCE_S
        while not (value := self.run(script)):
            if time.monotonic() > end:
                raise AssertionError(f"never true: {script}\n{self.text()}")
            time.sleep(0.05)
        return value

    def text(self) -> str:
        """Return the text that a user sees."""
        return str(self.run("document.body.innerText"))

    def type_into(self, id_: str, text: str) -> None:
        """Focus a field and type as a keyboard does."""
        self.run(f"document.getElementById({json.dumps(id_)}).focus()")
        self.call("Input.insertText", text=text)

    def press_enter(self) -> None:
        """Press the key in the field that has the focus."""
        enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
        self.call("Input.dispatchKeyEvent", type="keyDown", text="\r", **enter)
        self.call("Input.dispatchKeyEvent", type="keyUp", **enter)

    def click(self, id_: str) -> None:
        """Click in the middle of an element, as a mouse does."""
        box = self.run(
            f"(() => {{ const e = document.getElementById({json.dumps(id_)});"
            "e.scrollIntoView(); const r = e.getBoundingClientRect();"
            "return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=box[0],
                y=box[1],
                button="left",
                clickCount=1,
            )

    def events(self, method: str) -> list[dict[str, Any]]:
        """Return what the browser told of this page, such as its requests."""
        self.run("1")
        return [
            event["params"]
            for event in self._browser.events
            if event.get("method") == method and event.get("sessionId") == self._session
        ]

    def screenshot(self, path: Path) -> None:
        """Save the whole page as PNG."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))


_IS_LOADED = "document.readyState === 'complete'"


def _start(program: str, profile: str, to_browser: int, from_browser: int) -> int:
    """Start it with our pipes as its files 3 and 4, where it looks for them."""
    silent = [
        (os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)
    ]
    pipes = [
        (os.POSIX_SPAWN_DUP2, to_browser, 3),
        (os.POSIX_SPAWN_DUP2, from_browser, 4),
    ]
    return os.posix_spawn(
        program,
        [program, *_OPTIONS, f"--user-data-dir={profile}", "about:blank"],
        os.environ,
        file_actions=[*silent, *pipes],
        setsid=True,
    )


def _pipe() -> tuple[int, int]:
    """Return the ends of a pipe, above the numbers that the browser takes."""
    low = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low)
    for end in low:
        os.close(end)
    return high[0], high[1]
