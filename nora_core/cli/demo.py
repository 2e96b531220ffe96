"""``nora demo``: a server of one's own, real images, a job and the window."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from nora_core.errors import NoraError, NotFound
from nora_core.words import counted

if TYPE_CHECKING:
    from nora_core.client import Client
    from nora_core.demo.fill import DemoSummary

_SCREENSHOTS = Path("demo-screenshots")


@click.command()
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the demo's server; by default in the user's data folder.",
)
@click.option("--no-window", is_flag=True, help="Print a summary instead.")
@click.option(
    "--screenshots",
    type=click.Path(file_okay=False, path_type=Path),
    help="Save pictures of the window in this folder and end.",
)
def demo(data: Path | None, no_window: bool, screenshots: Path | None) -> None:
    """Try it out: a server, real images, a job and the window."""
    started = time.monotonic()
    if not no_window:
        _need_napari()
    folder = data or _default_folder()
    with _terminated_like_interrupted(), _server_on(folder) as client:
        summary = _prepare(client)
        click.echo(_in_words(summary, time.monotonic() - started))
        if no_window:
            sys.exit(0 if summary.order.state.value == "done" else 1)
        sys.exit(1 if _open_window(folder, screenshots) else 0)


def _default_folder() -> Path:
    import platformdirs

    return platformdirs.user_data_path("napari-nora", appauthor=False) / "demo"


def _need_napari() -> None:
    if importlib.util.find_spec("napari") is None:
        raise NotFound(
            "no napari here to open a window; install it with "
            '`pip install "napari-nora[viewer]"`, or use `nora demo --no-window`'
        )


@contextlib.contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let a polite kill run the same clean-up as Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _server_on(folder: Path) -> Iterator[Client]:
    """Start the server, and at the end stop it with all jobs that still run."""
    from nora_core.client import Client
    from nora_core.client.embedded import start_embedded

    click.echo(f"starting a server on {folder}")
    with start_embedded(folder) as server, Client(server.url, server.token) as client:
        try:
            yield client
        finally:
            if server.is_ours:
                _cancel_jobs(client)


def _cancel_jobs(client: Client) -> None:
    with contextlib.suppress(NoraError):  # the server may be gone already
        for project in client.projects():
            for order in client.orders(project.name):
                if not order.state.is_final:
                    client.cancel_order(project.name, order.id)


def _prepare(client: Client) -> DemoSummary:
    from nora_core.demo.fill import TOOL, fill_demo, run_demo_job, sum_up

    fill_demo(client, click.echo)
    click.echo(f"running {TOOL} on the T1 images")
    return sum_up(client, run_demo_job(client))


def _in_words(summary: DemoSummary, seconds: float) -> str:
    order = summary.order
    counts = ", ".join(
        f"{count} {state.value}" for state, count in order.counts.items() if count
    )
    return (
        f"{counted(summary.subjects, 'subject')}, "
        f"{counted(summary.studies, 'study', 'studies')} "
        f"({', '.join(summary.modalities)}), {counted(summary.files, 'file')}\n"
        f"{order.tool}: {counts}\n"
        f"ready after {seconds:.1f} s"
    )


def _open_window(folder: Path, screenshots: Path | None) -> int:
    from nora_core.client.embedded import CONNECTION_FILE
    from nora_core.demo.screen import lacks_display, screen_in_memory
    from nora_core.demo.window import show_window

    with contextlib.ExitStack() as stack:
        if lacks_display(os.environ):
            stack.enter_context(screen_in_memory())
            screenshots = screenshots or _SCREENSHOTS
        status = show_window(folder / CONNECTION_FILE, screenshots)
    if screenshots is not None and status == 0:
        click.echo(f"screenshots in {screenshots}")
    return status
