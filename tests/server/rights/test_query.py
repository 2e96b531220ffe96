"""``allowed`` and ``explain`` agree with the one table of rights."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from nora_core.errors import Forbidden, NotFound
from nora_core.wire.project import Action
from nora_server.database.accounts import Project
from nora_server.parts import Parts
from nora_server.rights.actor import Actor
from nora_server.rights.query import may, project_for
from nora_server.rights.reasons import explain

READER = {Action.READ}
WRITER = READER | {Action.WRITE, Action.DELETE, Action.RUN_JOBS}
ALL = set(Action)
TABLE = {
    ("root", "liver"): (ALL, "root is a server admin"),
    ("root", "brain"): (ALL, "root is a server admin"),
    ("pia", "liver"): (ALL, "pia is project_admin of liver"),
    ("pia", "brain"): (set(), "pia is not a member of brain"),
    ("will", "liver"): (WRITER, "will is writer of liver"),
    ("will", "brain"): (set(), "will is not a member of brain"),
    ("rita", "liver"): (READER, "rita is reader of liver"),
    ("rita", "brain"): (set(), "rita is not a member of brain"),
    ("nobody", "liver"): (set(), "nobody is not a member of liver"),
    ("nobody", "brain"): (set(), "nobody is not a member of brain"),
}


@pytest.mark.parametrize(("user", "project_name"), TABLE)
def test_each_role_may_what_the_table_says_with_its_reason(
    user: str, project_name: str, parts: Parts, actor_of: Callable[[str], Actor]
):
    actions, reason = TABLE[user, project_name]
    actor = actor_of(user)
    with parts.database.read() as session:
        project = session.exec(
            select(Project).where(Project.name == project_name)
        ).one()
        for action in Action:
            explanation = explain(actor, session, project, action)
            expected = action in actions
            assert may(actor, session, project.id, action) is expected
            assert explanation.allowed is expected
            assert explanation.reason.startswith(reason)


def test_a_missing_project_and_a_hidden_one_answer_in_the_same_words(
    parts: Parts, actor_of: Callable[[str], Actor]
):
    with parts.database.read() as session:
        with pytest.raises(NotFound) as hidden:
            project_for(actor_of("nobody"), session, "liver", Action.WRITE)
        with pytest.raises(NotFound) as missing:
            project_for(actor_of("nobody"), session, "spine", Action.WRITE)
    assert str(hidden.value).replace("liver", "spine") == str(missing.value)


def test_a_visible_project_refuses_with_the_reason(
    parts: Parts, actor_of: Callable[[str], Actor]
):
    with (
        parts.database.read() as session,
        pytest.raises(Forbidden, match="rita is reader of liver; to write takes"),
    ):
        project_for(actor_of("rita"), session, "liver", Action.WRITE)
