"""What is refused before a file is sent."""

from pathlib import Path

import pytest

from nora_core.client.uploading import Source
from nora_core.errors import BadInput


@pytest.mark.parametrize(
    ("name", "tags", "words"),
    [
        ("t1/../../a.nii", (), "relative to its study"),
        ("t1/a.nii", ("good", "a b"), "tag holds ' '"),
    ],
)
def test_a_name_that_a_server_would_refuse_is_bad_input(
    name: str, tags: tuple[str, ...], words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        Source(Path("a.nii"), 1, name, tags)
