"""A case is asked for by its numbers, not by its names alone."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from napari_nora.autoloaders.case import Case
from napari_nora.autoloaders.fetching import CaseFetcher, Wish
from nora_core.client import Client
from nora_core.wire.preset import Autoloader, AutoloaderLevel

CASE = Case("liver", 7, 12, "P1", "S1")


@pytest.mark.parametrize(
    ("level", "study"), [(AutoloaderLevel.STUDY, 12), (AutoloaderLevel.PATIENT, None)]
)
def test_the_server_is_told_which_patient_and_study_are_meant(
    level: AutoloaderLevel, study: int | None
) -> None:
    client = Mock(spec=Client)
    client.select_many.return_value = [[]]
    wish = Wish((Autoloader(pattern="t1*"),), level, ("0",))

    CaseFetcher(client, Mock()).ask(CASE, wish)

    query = client.select_many.call_args.args[1]
    assert (query.subject_id, query.study_id) == (7, study)
