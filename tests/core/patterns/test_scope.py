"""A pattern that is bound to a case picks that case's files and no others."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nora_core.errors import PatternError
from nora_core.patterns import (
    CaseFacts,
    Mode,
    bind_pattern,
    escape,
    matches_file,
    parse_pattern,
    split_alternatives,
)
from nora_core.wire.names import fold
from tests.strategies import identifiers, relative_names

words = st.sampled_from(
    ("t1*", "t1*/s0__.nii", "!old*", "FTAG:mask", '"a OR b"', r"\OR", "mni*")
)
sides = st.lists(words, min_size=1, max_size=3).map(" ".join)
chains = st.lists(sides, min_size=1, max_size=3).map(" & ".join)
patterns = st.lists(chains, min_size=1, max_size=3).map(" OR ".join)


def picks(text: str, name: str, case: CaseFacts, tags: tuple[str, ...] = ()) -> bool:
    return matches_file(
        parse_pattern(text, Mode.AUTOLOADER), name, tags=tags, case=case
    )


@given(patterns, identifiers(), identifiers(), relative_names(), st.booleans())
def test_a_bound_pattern_picks_in_its_study_what_the_pattern_picks(
    text: str, patient: str, study: str, name: str, has_tag: bool
) -> None:
    case = CaseFacts(patients_id=patient, studies_ids=(study,))
    tags = ("mask",) if has_tag else ()
    bound = bind_pattern(text, patient, study)
    assert picks(bound, name, case, tags) == picks(text, name, case, tags)


@given(patterns, identifiers(), identifiers(), relative_names())
def test_a_bound_pattern_picks_nothing_of_another_patient(
    text: str, patient: str, other: str, name: str
) -> None:
    assume(fold(patient) != fold(other))
    case = CaseFacts(patients_id=other, studies_ids=("S1",))
    assert not picks(bind_pattern(text, patient, "S1"), name, case)


@given(patterns, identifiers(), identifiers(), relative_names())
def test_a_bound_pattern_picks_nothing_of_another_study(
    text: str, study: str, other: str, name: str
) -> None:
    assume(fold(study) != fold(other))
    case = CaseFacts(patients_id="P1", studies_ids=(other,))
    assert not picks(bind_pattern(text, "P1", study), name, case)


@given(patterns, identifiers(), relative_names())
def test_without_a_study_every_study_of_the_patient_is_meant(
    text: str, study: str, name: str
) -> None:
    case = CaseFacts(patients_id="P1", studies_ids=(study,))
    assert picks(bind_pattern(text, "P1"), name, case) == picks(text, name, case)


@given(identifiers(), identifiers())
def test_an_atlas_of_another_patient_is_the_same_for_all(one: str, two: str) -> None:
    text = "PPIZ:atlas & mni* OR !PPIZ:x & *"
    assert bind_pattern(text, one, "S1") == bind_pattern(text, two, "S2") == text


def test_a_named_study_of_the_patient_stays() -> None:
    bound = bind_pattern("t1* & SStudyID:baseline", "P1", "followup")
    assert bound == "t1* & SStudyID:baseline PPIZ:P1"


def test_each_alternative_is_bound_by_itself() -> None:
    assert bind_pattern("a OR b PPIZ:x OR c", "P", "S") == (
        "a PPIZ:P SStudyID:S OR b PPIZ:x OR c PPIZ:P SStudyID:S"
    )


@given(st.text(st.sampled_from('ab*_\\"& !:OR/é\u00a0'), min_size=1, max_size=8))
def test_an_escaped_text_means_itself(text: str) -> None:
    (chain,) = parse_pattern(f"PPIZ:{escape(text)}", Mode.AUTOLOADER).alternatives
    ((word,),) = chain.groups
    assert word.value.pieces == (fold(text),)


@given(identifiers())
def test_a_user_is_the_one_that_is_logged_in(user: str) -> None:
    bound = bind_pattern("masks/lesion.$USER.nii", "P", user=user)
    case = CaseFacts(patients_id="P")
    assert picks(bound, f"masks/lesion.{user}.nii", case)
    assert not picks(bound, f"masks/lesion.{user}x.nii", case)


@given(patterns)
def test_alternatives_joined_again_are_the_pattern(text: str) -> None:
    whole = parse_pattern(text, Mode.AUTOLOADER).alternatives
    parts = [
        parse_pattern(side, Mode.AUTOLOADER).alternatives
        for side in split_alternatives(text)
    ]
    assert whole == tuple(chain for (chain,) in parts)


@pytest.mark.parametrize("text", ["", "a OR", 'a "b', "FOO:x", "x" * 990])
def test_what_cannot_be_read_is_refused_in_words(text: str) -> None:
    with pytest.raises(PatternError, match=r"character|pattern"):
        bind_pattern(text, "P" * 20, "S")
