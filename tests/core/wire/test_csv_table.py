"""CSV files open losslessly, and no cell of theirs is a formula."""

from __future__ import annotations

import csv
import io

import pandas as pd  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nora_core.wire.csv_table import CsvDialect, csv_line, defuse, undefuse

texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12
)


whole_numbers = st.integers(-(2**62), 2**62)
fractions = st.floats(-1e12, 1e12)


@settings(max_examples=30)
@given(
    rows=st.lists(st.tuples(texts, whole_numbers, fractions), min_size=1, max_size=5),
    dialect=st.sampled_from(CsvDialect),
)
def test_pandas_reads_back_what_was_written(
    rows: list[tuple[str, int, float]], dialect: CsvDialect
) -> None:
    lines = [csv_line(["text", "whole", "number"], dialect)]
    lines += [csv_line(row, dialect) for row in rows]

    table = pd.read_csv(
        io.BytesIO("".join(lines).encode(dialect.encoding)),
        sep=dialect.separator,
        decimal=dialect.decimal,
        dtype={"text": str},
        keep_default_na=False,
    )

    assert [undefuse(text) for text in table["text"]] == [row[0] for row in rows]
    assert list(table["whole"]) == [row[1] for row in rows]
    assert list(table["number"]) == pytest.approx([row[2] for row in rows], rel=1e-15)


@given(texts)
def test_a_defused_text_comes_back_and_starts_no_formula(text: str) -> None:
    assert undefuse(defuse(text)) == text
    assert not defuse(text).startswith(tuple("=+-@\t\r\n＝＋－＠"))


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(1)", "\t=1", "\n=1", "＝1"]
)
def test_formulas_are_shown_as_text(text: str) -> None:
    line = csv_line(["x", text], CsvDialect.ENGLISH)

    (cells,) = csv.reader(io.StringIO(line, newline=""))
    assert cells == ["x", "'" + text]


def test_numbers_are_no_formulas() -> None:
    assert csv_line([-3, -0.5], CsvDialect.ENGLISH) == "-3,-0.5\r\n"


def test_excel_of_germany_is_told_the_encoding() -> None:
    data = csv_line(["Größe"], CsvDialect.GERMAN).encode(CsvDialect.GERMAN.encoding)

    assert data.startswith(b"\xef\xbb\xbf")
