"""Makes a synthetic archive with the shape of a real one, in an empty database.

100,000 studies of 50,000 subjects, millions of files whose names come from a few
thousand, tags common and rare, a few jobs. Beside our tables stands ``flat_file``,
one row per file with its path as text: what the peers search.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import JSON, DateTime, text

from nora_core.wire.names import fold
from nora_server.database.engine import Database
from nora_server.database.tables import METADATA

STUDIES = 100_000
SUBJECTS = 50_000
NOW = "2026-01-01 00:00:00.000000"
_FAMILY = [
    *("Abel", "Ähren", "Bauer", "Brandt", "Cordes", "Dietz", "Ehlers", "Frey", "Götz"),
    *("Haas", "Ibsen", "Jahn", "Köhler", "Lenz", "Müller", "Noll", "Otto", "Pohl"),
    *("Quandt", "Ritter", "Schmidt", "Schulz", "Thoma", "Ulrich", "Vogt", "Zander"),
]
_GIVEN = ["Anna", "Ben", "Carla", "David", "Eva", "Finn", "Greta", "Hans", "Ida", "Jan"]
_DESCRIPTIONS = [
    f"{kind} {part} {protocol}"
    for kind in ("MR", "CT", "PET")
    for part in ("Schädel", "Knie", "Abdomen", "Wirbelsäule")
    for protocol in range(10)
]
TAGS = ["control", "rare", "pilot", "lesion", "cohort1", "cohort2", "mask", "checked"]
ALWAYS_T1 = 310
"""So many of the names are of a T1; every study has one of them at least."""


_FLAT_INDEXES = (
    "CREATE INDEX flat_by_study ON flat_file (study_id, path)",
    "CREATE INDEX flat_by_path ON flat_file (path, study_id)",
)


@dataclass(frozen=True)
class Shape:
    """How large the archive is."""

    files: int
    studies: int = STUDIES
    subjects: int = SUBJECTS


def relative_names() -> list[str]:
    """Return 3,100 paths of files inside their studies, the T1s first."""
    names = [f"t1_trio_{s}/s0{f:02}.nii" for s in range(31) for f in range(10)]
    for series in ("t2_tse", "dwi", "flair", "MPR_t1", "swi", "bold"):
        names += [f"{series}_{s}/s0{f:02}.nii" for s in range(30) for f in range(10)]
    names += [f"masks/roi{n}.nii.gz" for n in range(300)]
    names += [f"forms/f{n}_radio{n % 10}.json" for n in range(300)]
    names += [f"analysis/stats_{n}.json" for n in range(390)]
    return names


def fill(database: Database, shape: Shape, *, with_flat: bool = True) -> None:
    """Create the tables and fill them; one project ``big`` with the reader ``rita``."""
    METADATA.create_all(database.engine)
    with database.engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE flat_file (study_id integer NOT NULL, path text)")
            if database.is_sqlite
            else text(
                "CREATE TABLE flat_file "
                '(study_id integer NOT NULL, path text COLLATE "C")'
            )
        )
    indexes = [
        i for name in ("file", "file_tag") for i in METADATA.tables[name].indexes
    ]
    for index in indexes:
        index.drop(database.engine)
    random = np.random.default_rng(7)
    _fill_people(database, shape)
    _fill_studies(database, shape, random)
    _fill_files(database, shape, random, with_flat=with_flat)
    for index in indexes:
        index.create(database.engine)
    statements = ["ANALYZE" if database.is_sqlite else "VACUUM ANALYZE"]
    if with_flat:
        statements = [*_FLAT_INDEXES, *statements]
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in statements:
            connection.execute(text(statement))


def _fill_people(database: Database, shape: Shape) -> None:
    _insert(
        database,
        "account",
        "id, name, display_name, is_admin, is_disabled, created_at",
        [(1, "rita", "Rita", False, False, NOW)],
    )
    _insert(
        database,
        "project",
        "id, name, title, settings, created_at",
        [(1, "big", "Big", "{}", NOW), (2, "other", "Other", "{}", NOW)],
    )
    _insert(
        database,
        "membership",
        "id, account_id, project_id, role",
        [(1, 1, 1, "reader")],
    )
    _insert(
        database,
        "tag",
        "id, name, name_folded",
        [(key, name, fold(name)) for key, name in enumerate(TAGS, start=1)],
    )
    _insert(
        database,
        "relative_name",
        "id, path, folder_folded, file_folded",
        [
            (key, path, *fold(path).split("/"))
            for key, path in enumerate(relative_names(), start=1)
        ],
    )
    _insert(
        database,
        "subject",
        "id, project_id, patients_id, patients_id_folded, name, name_folded, "
        "created_at",
        (
            (key, 1, f"P{key:06}", f"p{key:06}", name, fold(name), NOW)
            for key, name in ((k, name_of(k)) for k in range(1, shape.subjects + 1))
        ),
    )


def name_of(subject: int) -> str:
    """Return the name of a subject; many share one."""
    family = _FAMILY[subject * 7919 % len(_FAMILY)]
    return f"{family}, {_GIVEN[subject * 104_729 // 7 % len(_GIVEN)]} {subject % 97}"


def _fill_studies(
    database: Database, shape: Shape, random: np.random.Generator
) -> None:
    subjects = random.integers(1, shape.subjects + 1, shape.studies).tolist()
    days = random.integers(0, 3650, shape.studies)
    dates = (np.datetime64("2015-01-01") + days).astype(str).tolist()
    descriptions = random.integers(0, len(_DESCRIPTIONS), shape.studies).tolist()

    def studies() -> Iterator[tuple[object, ...]]:
        for key, (subject, day, number) in enumerate(
            zip(subjects, dates, descriptions, strict=True), start=1
        ):
            description = _DESCRIPTIONS[number]
            yield (
                key,
                1,
                subject,
                fold(name_of(subject)),
                f"p{subject:06}",
                f"S{key:07}",
                f"s{key:07}",
                day,
                description,
                fold(description),
                "MR",
                NOW,
            )

    _insert(
        database,
        "study",
        "id, project_id, subject_id, subject_name_folded, subject_patients_id_folded, "
        "studies_id, studies_id_folded, date, description, description_folded, "
        "modality, created_at",
        studies(),
    )
    keys = np.arange(1, shape.studies + 1)
    tagged = [(k, 1) for k in keys[random.random(shape.studies) < 0.3].tolist()]
    tagged += [(k, 2) for k in random.choice(keys, 20, replace=False).tolist()]
    # a tag that only the last in the order of names carry: the worst case for a walk
    tagged += [
        (k, 3) for k, s in enumerate(subjects, start=1) if name_of(s).startswith("Z")
    ]
    _insert(database, "study_tag", "study_id, tag_id", tagged)
    _insert(
        database,
        "subject_tag",
        "subject_id, tag_id",
        [(s, 5 + s % 2) for s in range(1, shape.subjects + 1, 3)],
    )
    _fill_jobs(database, random.choice(keys, 2000, replace=False).tolist(), subjects)


def _fill_jobs(
    database: Database, studies: Sequence[int], subjects: Sequence[int]
) -> None:
    _insert(
        database,
        "job_order",
        "id, project_id, account_id, tool, request, level, state, backend, job_name, "
        "cancel_requested, message, created_at",
        [(1, 1, 1, "x", "{}", "study", "done", "local", "j", False, "", NOW)],
    )
    states = ("failed", "running", "queued", "done", "interrupted")
    _insert(
        database,
        "job_case",
        "id, order_id, subject_id, study_id, state, attempt, message, result_file_ids",
        [
            (i, 1, subjects[study - 1], study, states[i % 5], 1, "", "[]")
            for i, study in enumerate(studies, start=1)
        ],
    )


def _fill_files(
    database: Database,
    shape: Shape,
    random: np.random.Generator,
    *,
    with_flat: bool,
) -> None:
    names = [fold(name) for name in relative_names()]
    per_study = shape.files // shape.studies
    t1s = max(1, per_study // 10)
    masks = {k for k, name in enumerate(names, start=1) if name.startswith("masks/")}
    tagged: list[tuple[int, int]] = []

    def drawn() -> Iterator[tuple[int, int]]:
        for study in range(1, shape.studies + 1):
            first = random.choice(ALWAYS_T1, t1s, replace=False) + 1
            others = random.integers(ALWAYS_T1, len(names), 2 * (per_study - t1s)) + 1
            rest = np.unique(others)
            random.shuffle(rest)
            for name in (*first.tolist(), *rest[: per_study - t1s].tolist()):
                yield study, name

    def files() -> Iterator[tuple[object, ...]]:
        for key, (study, name) in enumerate(drawn(), start=1):
            if name in masks and key % 3 == 0:
                tagged.append((key, 7))
            yield key, study, name, f"managed:{key}", 1000, NOW

    state = random.bit_generator.state
    _insert(
        database,
        "file",
        "id, study_id, relative_name_id, location, size_bytes, created_at",
        files(),
    )
    _insert(database, "file_tag", "file_id, tag_id", tagged)
    if with_flat:
        random.bit_generator.state = state
        rows = ((study, names[name - 1]) for study, name in drawn())
        _insert(database, "flat_file", "study_id, path", rows)


def _insert(
    database: Database,
    table: str,
    columns: str,
    rows: Iterable[Sequence[Any]],
) -> None:
    """Write many rows as fast as the database takes them."""
    if table in METADATA.tables:
        columns, rows = _with_the_rest(table, columns, rows)
    raw = database.engine.raw_connection()
    connection: Any = raw.driver_connection
    try:
        if isinstance(connection, sqlite3.Connection):
            marks = ", ".join("?" for _ in columns.split(","))
            connection.execute("PRAGMA foreign_keys=OFF")
            connection.execute("BEGIN")
            connection.executemany(
                f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows
            )
            connection.execute("COMMIT")
            connection.execute("PRAGMA foreign_keys=ON")
        else:
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
            ):
                for row in rows:
                    copy.write_row(row)
            connection.commit()
    finally:
        raw.close()


def _with_the_rest(
    table: str, columns: str, rows: Iterable[Sequence[Any]]
) -> tuple[str, Iterator[Sequence[Any]]]:
    """Add harmless values for the required columns that are not named."""
    named = {name.strip() for name in columns.split(",")}
    rest = [
        column
        for column in METADATA.tables[table].columns
        if column.name not in named and not column.nullable
    ]
    values = [_harmless(column.type) for column in rest]
    more = "".join(f", {column.name}" for column in rest)
    return columns + more, ((*row, *values) for row in rows)


def _harmless(kind: Any) -> object:
    plain = getattr(kind, "impl", kind)
    if isinstance(plain, JSON):
        return "[]"
    if isinstance(plain, DateTime):
        return NOW
    return plain.python_type()
