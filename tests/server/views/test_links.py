"""Shared links: opened by all who may read what they show, hidden from all others."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlmodel import select

from nora_core.wire.archive import FileRow
from nora_server.database.archive import File, RelativeName
from nora_server.database.views import Link as LinkRow
from nora_server.parts import Parts
from tests.server.archive.conftest import LIVER, Store, upload_header
from tests.server.views.conftest import as_text, asked, layer_of, mask, png, scene_of

UNKNOWN = "A" * 32
Link = dict[str, Any]


def url(link: Link, rest: str = "") -> str:
    return f"/api/v1/links/{link['id']}{rest}"


def test_another_reader_opens_the_same_scene(
    link: Link, will: TestClient, image: FileRow
) -> None:
    opened = will.get(url(link)).json()

    assert opened["scene"]["crosshair_mm"] == [1.5, -2, 30]
    assert opened["info"]["owner"] == "rita"
    (layer,) = opened["layers"]
    assert (layer["state"], layer["missing"]) == ("present", [])
    assert [file["id"] for file in layer["files"]] == [image.id]


def test_an_id_is_long_random_and_safe_in_an_address(link: Link) -> None:
    assert len(link["id"]) == 32
    assert link["id"].replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("rest", ["", "/preview", "/versions", "/attachments/a.nii.gz"])
def test_without_the_right_a_link_answers_like_one_that_never_was(
    rest: str, link: Link, nobody: TestClient, will: TestClient
) -> None:
    hidden = nobody.get(url(link, rest))
    unknown = nobody.get(f"/api/v1/links/{UNKNOWN}{rest}")
    unknown_to_members = will.get(f"/api/v1/links/{UNKNOWN}{rest}")

    assert hidden.status_code == 404
    assert hidden.content == unknown.content == unknown_to_members.content
    assert hidden.headers.items() == unknown.headers.items()


def test_a_hidden_link_takes_as_many_queries_as_an_unknown_one(
    link: Link, nobody: TestClient, parts: Parts
) -> None:
    asked: list[str] = []
    event.listen(
        parts.database.engine,
        "before_cursor_execute",
        lambda *given: asked.append(given[2]),
    )
    nobody.get(url(link))
    hidden = asked.copy()
    asked.clear()
    nobody.get(f"/api/v1/links/{UNKNOWN}")

    assert hidden == asked


@pytest.mark.parametrize("id_", ["%00", "A" * 64, "...", "%F0%9F%98%80"])
def test_strange_ids_are_unknown_ones(id_: str, link: Link, rita: TestClient) -> None:
    unknown = rita.get(f"/api/v1/links/{UNKNOWN}/preview")

    assert rita.get(f"/api/v1/links/{id_}/preview").content == unknown.content
    assert rita.get(url(link, "/attachments/%00")).status_code == 404


def test_who_loses_the_right_loses_the_link(
    link: Link, pia: TestClient, will: TestClient
) -> None:
    assert will.get(url(link)).status_code == 200
    pia.delete(f"{LIVER}/members/will")
    assert will.get(url(link)).status_code == 404


def test_every_project_that_a_link_shows_must_be_readable(
    root: TestClient, rita: TestClient, image: FileRow
) -> None:
    study = {"patients_id": "B", "studies_id": "B"}
    other = root.post("/api/v1/projects/brain/studies", json=study).json()
    brain = "/api/v1/projects/brain"
    made = root.post(f"{brain}/links", json={"scene": scene_of(layer_of(image))})

    assert other["study_id"]
    assert root.get(url(made.json())).status_code == 200
    assert rita.get(url(made.json())).status_code == 404  # reads liver, not brain


def test_a_scene_may_not_name_files_that_its_maker_cannot_read(
    rita: TestClient, nobody: TestClient, image: FileRow
) -> None:
    for ref in (
        layer_of(image, project="brain"),
        layer_of(image.model_copy(update={"id": 999})),
        layer_of(image.model_copy(update={"study_id": 999})),
    ):
        answer = rita.post(f"{LIVER}/links", json={"scene": scene_of(ref)})
        assert answer.status_code == 404, ref
    body = {"scene": scene_of(layer_of(image))}
    assert nobody.post(f"{LIVER}/links", json=body).status_code == 404


def test_a_name_in_a_scene_is_the_files_own(link: Link, rita: TestClient) -> None:
    layer = rita.get(url(link)).json()["scene"]["layers"][0]

    assert layer["files"]["relative_name"] == "t1/s003.nii"


def test_a_link_survives_a_renamed_file_study_and_subject(
    link: Link, will: TestClient, image: FileRow, parts: Parts
) -> None:
    will.patch(f"{LIVER}/studies/{image.study_id}", json={"studies_id": "renamed"})
    with parts.database.write() as session:
        name = RelativeName(path="t1/renamed.nii")
        session.add(name)
        session.flush()
        session.get_one(File, image.id).relative_name_id = name.id

    (layer,) = will.get(url(link)).json()["layers"]

    assert layer["state"] == "present"
    assert layer["files"][0]["relative_name"] == "t1/renamed.nii"


def test_a_link_says_which_file_is_gone(
    link: Link, will: TestClient, image: FileRow
) -> None:
    will.post(f"{LIVER}/files/delete", json={"ids": [image.id]})

    (layer,) = will.get(url(link)).json()["layers"]

    assert layer == {"state": "gone", "files": [], "missing": ["t1/s003.nii"]}


def test_a_file_that_was_saved_again_takes_the_place_of_the_one_before(
    link: Link, will: TestClient, image: FileRow, store: Store
) -> None:
    newer = store("t1/s003.nii", b"other voxels", replace=True)

    (layer,) = will.get(url(link)).json()["layers"]

    assert (layer["state"], layer["missing"]) == ("replaced", ["t1/s003.nii"])
    assert [file["id"] for file in layer["files"]] == [newer.id] != [image.id]


@pytest.mark.parametrize("kind", ["studies", "subjects"])
def test_in_a_deleted_case_all_files_are_gone(
    kind: str, link: Link, will: TestClient
) -> None:
    assert will.post(f"{LIVER}/{kind}/delete", json={"ids": [1]}).status_code == 200

    assert will.get(url(link)).json()["layers"][0]["state"] == "gone"


def test_its_owner_and_writers_overwrite_a_link_and_all_versions_stay(
    link: Link, rita: TestClient, will: TestClient, image: FileRow
) -> None:
    body = {"scene": scene_of(layer_of(image), comment="second"), "based_on": 1}
    assert will.put(url(link), json=body).json()["version"] == 2
    assert will.put(url(link), json=body).status_code == 409  # is at 2 now
    body = {"scene": scene_of(layer_of(image), comment="third")}
    assert rita.put(url(link), json=body).json()["version"] == 3

    versions = will.get(url(link, "/versions")).json()

    assert [(each["version"], each["saved_by"]) for each in versions] == [
        (3, "rita"),
        (2, "will"),
        (1, "rita"),
    ]
    second = will.get(url(link), params={"version": 2}).json()
    assert second["scene"]["comment"] == second["info"]["comment"] == "second"
    assert rita.get(url(link)).json()["scene"]["comment"] == "third"
    assert rita.get(url(link), params={"version": 4}).status_code == 404


def test_another_reader_may_not_overwrite_but_make_a_new_one(
    will: TestClient, rita: TestClient, image: FileRow
) -> None:
    body = {"scene": scene_of(layer_of(image))}
    link = will.post(f"{LIVER}/links", json=body).json()

    refused = rita.put(url(link), json=body)

    assert refused.status_code == 403
    assert "make a new one" in refused.json()["message"]
    assert rita.delete(url(link)).status_code == 403
    assert rita.get(url(link)).json()["info"]["may_change"] is False
    assert rita.post(f"{LIVER}/links", json=body).status_code == 201


def test_making_overwriting_and_deleting_are_in_the_history_and_come_back(
    link: Link, rita: TestClient, pia: TestClient, image: FileRow
) -> None:
    rita.put(url(link), json={"scene": scene_of(layer_of(image), comment="2")})
    rita.delete(url(link))
    assert rita.get(url(link)).status_code == 404

    events = pia.get(f"{LIVER}/events").json()
    names = [done["action"] for done in events[:3]]
    for done in events[:2]:
        undone = pia.post(f"{LIVER}/events/{done['id']}/undo")
        assert undone.status_code == 200, undone.text

    assert names == ["link.delete", "link.overwrite", "link.create"]
    assert link["id"] not in str(events)
    assert rita.get(url(link)).json()["scene"]["comment"] == "see the dome"
    again = rita.put(url(link), json={"scene": scene_of(layer_of(image))})
    assert again.json()["version"] == 3


def test_one_lists_ones_own_links_and_project_admins_all(
    link: Link, rita: TestClient, will: TestClient, pia: TestClient
) -> None:
    listed = {user: user.get(f"{LIVER}/links").json() for user in (rita, will, pia)}

    assert [row["id"] for row in listed[rita]] == [link["id"]]
    assert listed[will] == []
    assert [row["id"] for row in listed[pia]] == [link["id"]]


def test_a_preview_comes_back_without_the_texts_inside(
    rita: TestClient, will: TestClient, image: FileRow
) -> None:
    body = {
        "scene": scene_of(layer_of(image)),
        "preview": as_text(png(text="Author\0Wilhelmine")),
    }
    link = rita.post(f"{LIVER}/links", json=body).json()

    answer = will.get(url(link, "/preview"))

    assert answer.headers["content-type"] == "image/png"
    assert answer.content == png()
    assert link["has_preview"]


def test_an_unsaved_mask_travels_with_the_link(
    rita: TestClient, will: TestClient, image: FileRow
) -> None:
    layer = {"kind": "labels", "attachment": "lesion.nii.gz"}
    body = {
        "scene": scene_of(layer_of(image), layer),
        "attachments": [{"name": "lesion.nii.gz", "content": as_text(mask())}],
    }
    link = rita.post(f"{LIVER}/links", json=body).json()

    assert will.get(url(link, "/attachments/lesion.nii.gz")).content == mask()
    assert will.get(url(link)).json()["layers"][1]["files"] == []
    assert will.get(url(link, "/preview")).status_code == 404


LESION = {"attachment": "lesion.nii.gz"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"preview": as_text(png()[:-1])}, "cut off"),
        ({"preview": as_text(b"<svg/>")}, "begins otherwise"),
        ({"preview": as_text(bytes(2**19 + 1))}, "524289 bytes"),
        ({"preview": "~"}, "no Base64"),
        ({"attachments": [{"name": "a.nii.gz", "content": ""}]}, "differ"),
        ({"scene": scene_of(LESION)}, "differ"),
        (
            {
                "scene": scene_of(LESION),
                "attachments": [{"name": "lesion.nii.gz", "content": as_text(b"text")}],
            },
            "no gzip file",
        ),
    ],
)
def test_bytes_that_are_not_what_they_should_be_are_refused(
    change: dict[str, Any], reason: str, rita: TestClient
) -> None:
    answer = rita.post(f"{LIVER}/links", json={"scene": scene_of(), **change})

    assert answer.status_code == 422
    assert reason in answer.json()["message"]


def test_nothing_of_a_refused_link_stays(rita: TestClient, parts: Parts) -> None:
    body = {"scene": scene_of(), "preview": as_text(b"no picture")}
    rita.post(f"{LIVER}/links", json=body)

    with parts.database.read() as session:
        assert session.exec(select(LinkRow)).all() == []


def test_listing_links_takes_as_many_queries_for_many_as_for_one(
    link: Link, rita: TestClient, image: FileRow, parts: Parts
) -> None:
    with asked(parts) as one:
        rita.get(f"{LIVER}/links")
    for number in range(4):
        scene = scene_of(layer_of(image), comment=f"number {number}")
        rita.post(f"{LIVER}/links", json={"scene": scene})
    with asked(parts) as many:
        listed = rita.get(f"{LIVER}/links").json()

    assert [row["comment"] for row in listed[-2:]] == ["number 0", "see the dome"]
    assert [row["has_preview"] for row in listed] == [False] * 4 + [True]
    assert len(many) == len(one)


def test_saving_a_link_takes_few_queries_however_many_layers_it_has(
    rita: TestClient, store: Store, parts: Parts
) -> None:
    layers = [layer_of(store(f"t1/s{number:03}.nii")) for number in range(6)]
    with asked(parts) as one:
        rita.post(f"{LIVER}/links", json={"scene": scene_of(layers[0])})
    with asked(parts) as many:
        made = rita.post(f"{LIVER}/links", json={"scene": scene_of(*layers)})

    assert made.status_code == 201
    assert len(many) <= len(one) + 1


def test_undoing_reaches_only_links_that_one_may_see(
    root: TestClient, will: TestClient, rita: TestClient, image: FileRow
) -> None:
    body = {"patients_id": "B", "studies_id": "B"}
    study = root.post("/api/v1/projects/brain/studies", json=body).json()["study_id"]
    headers = upload_header(study, "b.nii", b"brain")
    url_ = "/api/v1/projects/brain/files/content"
    brain = FileRow.model_validate(
        root.post(url_, content=b"brain", headers=headers).json()
    )
    scene = scene_of(layer_of(image), layer_of(brain, project="brain"))
    link = root.post(f"{LIVER}/links", json={"scene": scene}).json()
    number = root.get(f"{LIVER}/events").json()[0]["id"]

    undone = will.post(f"{LIVER}/events/{number}/undo")

    assert undone.status_code == 404  # writes in liver, does not read brain
    assert root.get(url(link)).status_code == 200
    assert root.post(f"{LIVER}/events/{number}/undo").status_code == 200
    assert root.get(url(link)).status_code == 404
