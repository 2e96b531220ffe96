"""Runs all benchmarks and writes docs/benchmarks.md from their figures.

``python benchmarks/report.py [--quick | --full] [NAME ...]``
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from nora_core.demo.screen import lacks_display, screen_in_memory

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
BENCHMARKS = ("filter_bar", "upload", "scroll", "planes", "next_case")

HEAD = """# Benchmarks

Written by `make bench`; each script in `benchmarks/` stands for one promise and
fails when it is missed. Times are CPU time of all processes that work for the
answer, unless a name says otherwise; ours and the peers ran in the same run.
"""


@dataclass(frozen=True)
class Outcome:
    """What one benchmark said."""

    name: str
    status: int
    figures: list[dict[str, Any]]
    text: str
    """What it printed before its figures."""


def run_benchmark(name: str, options: Sequence[str]) -> Outcome:
    """Run one script; show what it prints as it goes."""
    command = [sys.executable, str(HERE / f"{name}.py"), *options]
    print(f"== {name} {' '.join(options)}", flush=True)
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            if not line.startswith('{"figures"'):
                print(line, end="", flush=True)
            lines.append(line)
    figures = _figures_of(lines)
    text = "".join(lines[:-1] if figures else lines)
    return Outcome(name, process.returncode, figures, text.strip())


def _figures_of(lines: Sequence[str]) -> list[dict[str, Any]]:
    try:
        figures: list[dict[str, Any]] = json.loads(lines[-1])["figures"]
    except (IndexError, ValueError, KeyError, TypeError):
        return []
    return figures


def write_page(outcomes: Sequence[Outcome], options: Sequence[str]) -> str:
    """Return the page for these outcomes."""
    sizes = " ".join(options) or "default sizes"
    parts = [
        HEAD,
        f"{date.today().isoformat()}, {sizes}: {os.cpu_count()} cores, "
        f"{platform.machine()}, {platform.system()}, "
        f"Python {platform.python_version()}.\n",
    ]
    for outcome in outcomes:
        parts += [f"## {outcome.name}\n", _table(outcome), ""]
        if outcome.text:
            parts += ["```text", outcome.text, "```", ""]
    return "\n".join(parts)


_MET = {True: "yes", False: "**no**", None: ""}


def _table(outcome: Outcome) -> str:
    if not outcome.figures:
        return f"It ended with status {outcome.status} and gave no figures."
    rows = [
        "| figure | ours | peer | ratio | goal | met |",
        "|---|--:|--:|--:|---|---|",
    ]
    for figure in outcome.figures:
        cells = [figure.get(key) for key in ("name", "ours", "peer", "ratio", "goal")]
        met = _MET[figure.get("met")]
        rows.append("| " + " | ".join([*map(_cell, cells), met]) + " |")
    return "\n".join(rows)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value).replace("|", "\\|")


def main() -> int:
    """Run what is asked for and write the page; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_true", help="a minute per benchmark")
    sizes.add_argument("--full", action="store_true", help="the sizes of the promises")
    parser.add_argument("names", nargs="*", help="only these, without writing the page")
    asked = parser.parse_args()
    options = [f"--{size}" for size in ("quick", "full") if getattr(asked, size)]
    with contextlib.ExitStack() as stack:
        if lacks_display(os.environ):
            stack.enter_context(screen_in_memory())
        names = asked.names or BENCHMARKS
        outcomes = [run_benchmark(name, options) for name in names]
    if not asked.names:
        PAGE.write_text(write_page(outcomes, options), encoding="utf-8")
        print(f"written: {PAGE.relative_to(HERE.parent)}")
    missed = [outcome.name for outcome in outcomes if outcome.status]
    if missed:
        print(f"goals missed in: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
