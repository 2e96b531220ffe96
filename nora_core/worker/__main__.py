"""The command that back ends start: works on a job folder until nothing is left."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from nora_core.errors import NoraError
from nora_core.jobs.folder import JobFolder
from nora_core.worker.loop import Worker

_FAILED = 1
_PLACE_TAKEN = 3


def main(arguments: list[str] | None = None) -> int:
    """Work on the folder that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m nora_core.worker")
    parser.add_argument("folder", type=Path, help="a job folder with request.json")
    parser.add_argument("--worker", type=int, default=0, help="this worker's number")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        worker = Worker.register(JobFolder(options.folder.absolute()), options.worker)
        if worker is None:
            return _PLACE_TAKEN
        worker.run()
    except NoraError as error:
        logging.getLogger(__name__).error("%s", error.message)
        return _FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
