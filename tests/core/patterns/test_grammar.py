"""What patterns mean, and what is refused."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nora_core.errors import PatternError
from nora_core.patterns import (
    CaseFacts,
    FileFacts,
    JobMark,
    Mode,
    Pattern,
    explain,
    matches_file,
    matches_row,
    matches_text,
    parse_pattern,
)


def passes(text: str, *paths: str, **facts: object) -> bool:
    """Does a row with these files pass the file search?"""
    files = [FileFacts(path) for path in paths]
    return matches_row(parse_pattern(text, Mode.BAR), files, CaseFacts(**facts))


def picks(text: str, path: str, mode: Mode = Mode.EXACT, **more: object) -> bool:
    return matches_file(parse_pattern(text, mode), path, **more)


def column(text: str, *values: str) -> bool:
    return matches_text(parse_pattern(text, Mode.COLUMN), values)


def test_words_of_a_bar_are_alternatives_with_a_wildcard_at_the_end() -> None:
    assert column("A B", "anton")
    assert column("A B", "Berta")
    assert not column("A B", "Cäsar")


def test_underscore_is_exactly_one_character() -> None:
    assert column("_ie", "Pieter")
    assert not column("_ie", "Ie")


def test_and_binds_looser_than_or() -> None:
    assert passes("a b & c", "a.nii", "c.nii")
    assert passes("a b & c", "b.nii", "c.nii")
    assert not passes("a b & c", "a.nii", "b.nii")


def test_underscore_in_a_file_name_matches_other_characters_too() -> None:
    assert passes("t1_trio*/s0*.nii", "t1Xtrio_a/s003.nii")


def test_bars_match_what_follows_the_end_and_file_arguments_do_not() -> None:
    assert passes("t1*/s0*.nii", "t1_mprage/s003.nii.gz")
    assert not picks("t1*/s0*.nii", "t1_mprage/s003.nii.gz")


def test_file_argument_counts_its_single_characters() -> None:
    assert picks("t1*/s0__.nii", "T1_mprage/s003.nii")
    assert not picks("t1*/s0__.nii", "t1_mprage/s0003.nii")


def test_word_without_slash_matches_the_name_in_any_folder() -> None:
    assert picks("s3.nii", "a/b/s3.nii")
    assert picks("s3.nii", "s3.nii")


def test_folder_wildcard_crosses_slashes_and_name_wildcard_does_not() -> None:
    assert picks("a*/x.nii", "a/b/c/x.nii")
    assert not picks("a/*.nii", "a/b/x.nii")


def test_slash_in_front_means_outside_of_any_folder() -> None:
    assert picks("/x.nii", "x.nii")
    assert not picks("/x.nii", "a/x.nii")


def test_each_file_word_of_a_bar_asks_for_any_file() -> None:
    assert passes("a & b", "a.nii", "b.nii")
    assert not picks("a* & b*", "a.nii")
    assert picks("a* & *.nii", "a.nii")


def test_not_in_a_bar_means_that_no_file_is_like_this() -> None:
    assert not passes("!a", "a.nii", "b.nii")
    assert passes("!a", "b.nii")


def test_quotes_keep_blanks_and_ampersands() -> None:
    assert picks('"my scan & more.nii"', "my scan & more.nii")
    assert picks('"my*.nii"', "my scan.nii")


def test_backslash_makes_wildcards_literal() -> None:
    assert picks(r"a\*.nii", "a*.nii")
    assert not picks(r"a\*.nii", "ab.nii")
    assert picks(r"\!a", "!a")
    assert picks(r"a\ b", "a b")


def test_case_is_ignored_in_all_alphabets() -> None:
    assert picks("STRASSE*", "straße.nii")
    assert column("ÉCOLE", "école")


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("STAG:con", {"study_tags": ["Control"]}),
        ("ptag:x", {"subject_tags": ["xy"]}),
        ("SDESC:*knee", {"descriptions": ["MR knee"]}),
        ("JOB:e", {"job_marks": frozenset({JobMark.ERROR})}),
        ("JOB:q", {"job_marks": frozenset({JobMark.QUEUED})}),
    ],
)
def test_attributes_ask_for_tags_jobs_and_descriptions(text, facts) -> None:
    assert passes(text, "a.nii", **facts)
    assert not passes(text, "a.nii")


def test_file_tags_belong_to_the_same_file_in_file_arguments() -> None:
    assert picks("*.nii & FTAG:mask", "a.nii", tags=["mask"])
    assert not picks("*.nii & FTAG:mask", "a.nii", tags=["masked"])


def test_autoloader_scope_holds_for_its_whole_alternative() -> None:
    text = "a.nii PPIZ:17 OR b.nii PPIZ:18 SStudyID:s"
    here = CaseFacts(patients_id="17", studies_ids=["t"])
    assert picks(text, "a.nii", Mode.AUTOLOADER, case=here)
    assert not picks(text, "b.nii", Mode.AUTOLOADER, case=here)
    there = CaseFacts(patients_id="18", studies_ids=["s"])
    assert picks(text, "b.nii", Mode.AUTOLOADER, case=there)


def test_empty_bar_lets_everything_through() -> None:
    assert passes("  ")
    assert column("", "x")


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("", Mode.EXACT, ["empty", "'*'"]),
        (
            "a FOO:x",
            Mode.BAR,
            ["'FOO:'", "character 3", "STAG, PTAG, FTAG, JOB, SDESC"],
        ),
        ("PPIZ:x", Mode.EXACT, ["'PPIZ:'", "known"]),
        ('a "b', Mode.BAR, ["quote", "character 3", "not closed"]),
        ("a &", Mode.BAR, ["behind the '&'", "character 3"]),
        ("& a", Mode.BAR, ["before the '&'", "character 1"]),
        ("a && b", Mode.BAR, ["before the '&'", "character 4"]),
        ("a \\", Mode.BAR, ["backslash", "character 3"]),
        ("!", Mode.BAR, ["character 1"]),
        ("a/", Mode.EXACT, ["'/'", "'*'"]),
        ("STAG:", Mode.EXACT, ["'STAG:'", "no value"]),
        ("JOB:x", Mode.BAR, ["job state", "q (queued)"]),
        ("a\0b", Mode.BAR, ["U+0000", "character 2"]),
        ("x OR", Mode.AUTOLOADER, ["behind the 'OR'"]),
        ("x" * 1001, Mode.BAR, ["1001", "1000"]),
        ("x " * 101, Mode.BAR, ["101 words", "100"]),
    ],
)
def test_refusals_say_where_what_and_the_way_out(text, mode, words) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(text, mode)
    for word in words:
        assert word in str(caught.value)


@given(st.text(max_size=60), st.sampled_from(Mode))
def test_any_text_is_read_or_refused(text: str, mode: Mode) -> None:
    with contextlib.suppress(PatternError):
        pattern = parse_pattern(text, mode)
        assert isinstance(pattern, Pattern)
        assert explain(pattern)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30))
def test_escaped_text_matches_itself(text: str) -> None:
    escaped = "".join("\\" + character for character in text)
    assert column(escaped, text)
    if "/" not in text:
        assert picks(escaped, f"folder/{text}")


def test_hostile_wildcards_take_no_time() -> None:
    pattern = parse_pattern("*a" * 450, Mode.COLUMN)
    begin = time.process_time()
    assert not matches_text(pattern, ["a" * 449 + "b" * 800])
    assert time.process_time() - begin < 0.2


@pytest.mark.parametrize(
    ("text", "mode", "sentence"),
    [
        ("", Mode.BAR, "All rows"),
        (
            "A B",
            Mode.COLUMN,
            'Rows where the text starts with "a", or where the text starts with "b"',
        ),
        (
            "t1*/s0*.nii & STAG:control",
            Mode.EXACT,
            'Files whose name looks like "s0….nii" (… any text, ? one character) in a '
            'folder that starts with "t1", and with a study tag that is "control"',
        ),
        (
            "!mask & JOB:e",
            Mode.BAR,
            'Rows without a file whose name starts with "mask", and with a job that is '
            "erroneous",
        ),
        ("/x", Mode.EXACT, 'Files whose name is "x" outside of any folder'),
    ],
)
def test_explanations_read_like_sentences(text, mode, sentence) -> None:
    assert explain(parse_pattern(text, mode)) == sentence
