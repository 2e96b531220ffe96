"""The jobs of one study or subject, as a mark in the table leads to them."""

from __future__ import annotations

from fastapi.testclient import TestClient
from sqlmodel import select

from nora_core.wire.jobs import OrderCaseRow
from nora_server.database.archive import Study
from nora_server.parts import Parts
from tests.server.orders.conftest import URL, Order


def jobs(client: TestClient, **asked: int) -> list[OrderCaseRow]:
    answer = client.get(f"{URL}/cases", params=asked)
    assert answer.is_success, answer.text
    return [OrderCaseRow.model_validate(row) for row in answer.json()]


def test_a_study_has_the_cases_of_all_orders_newest_first(
    order: Order, study_ids: list[int], rita: TestClient
) -> None:
    first, second = order(), order()

    found = jobs(rita, study_id=study_ids[1])

    assert [job.order_id for job in found] == [second.id, first.id]
    assert {job.study_id for job in found} == {study_ids[1]}


def test_a_subject_has_the_cases_of_its_studies(
    order: Order, study_ids: list[int], rita: TestClient, parts: Parts
) -> None:
    order()
    with parts.database.read() as session:
        subject_id = session.exec(
            select(Study.subject_id).where(Study.id == study_ids[0])
        ).one()

    found = jobs(rita, subject_id=subject_id)

    assert {job.study_id for job in found} == set(study_ids[:2])
    assert len(jobs(rita, subject_id=subject_id, limit=1)) == 1


def test_exactly_one_item_is_asked_for(rita: TestClient) -> None:
    for asked in ({}, {"study_id": 1, "subject_id": 1}):
        assert rita.get(f"{URL}/cases", params=asked).status_code == 422


def test_nobody_sees_jobs_without_a_right(
    order: Order, study_ids: list[int], nobody: TestClient, rita: TestClient
) -> None:
    order()

    assert nobody.get(f"{URL}/cases?study_id={study_ids[0]}").status_code == 404
    assert jobs(rita, study_id=9999) == []
