"""A user's regular expression says where files belong, and never hangs the server."""

import time
from pathlib import Path, PurePosixPath

import pytest

from nora_core.errors import BadInput
from nora_server.services.register_layout import SEARCH_SECONDS, by_pattern


def test_an_expression_that_would_not_end_is_refused():
    layout = by_pattern(Path("/data"), r"(?<patients_id>(a|aa)+)=$")
    started = time.process_time()

    with pytest.raises(BadInput, match="repetition inside a repetition"):
        layout(PurePosixPath("a" * 60 + "/scan.nii"))

    assert time.process_time() - started < 10 * SEARCH_SECONDS


@pytest.mark.parametrize("spelling", ["(?<patients_id>P.)", "(?P<patients_id>P.)"])
def test_both_spellings_of_groups_are_read(spelling: str):
    found = by_pattern(Path("/data"), spelling + "/")(PurePosixPath("P7/scan.nii"))

    assert found is not None
    assert (found.patients_id, found.relative_name) == ("P7", "scan.nii")
