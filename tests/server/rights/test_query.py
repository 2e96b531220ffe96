"""``allowed`` and ``explain`` agree with the one table of rights."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from nora_core.errors import Forbidden, NotFound
from nora_core.wire.account import Role, Scope
from nora_core.wire.project import Action
from nora_server.database.accounts import Membership, Project
from nora_server.parts import Parts
from nora_server.rights.actor import Actor
from nora_server.rights.query import allowed, may, project_for
from nora_server.rights.reasons import explain
from nora_server.rights.roles import ROLE_ACTIONS, SCOPE_ACTIONS

READER = {Action.READ, Action.SHARE}
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


@pytest.mark.parametrize("user", ["root", "pia", "will", "rita", "nobody"])
def test_a_token_narrows_the_rights_of_its_user_and_never_widens_them(
    user: str, parts: Parts, actor_of: Callable[[str], Actor], project_id: int
):
    whole = actor_of(user)
    with parts.database.read() as session:
        for scope in Scope:
            for limit in (None, project_id, project_id + 1):
                narrow = replace(whole, scope=scope, token_project_id=limit)
                for action in Action:
                    granted = set(session.scalars(allowed(narrow, action)))
                    assert granted <= set(session.scalars(allowed(whole, action)))
                    assert limit is None or granted <= {limit}
                    assert action in SCOPE_ACTIONS[scope] or not granted


def test_taking_a_role_away_takes_its_rights_away(
    parts: Parts, actor_of: Callable[[str], Actor], project_id: int
):
    pia = actor_of("pia")
    with parts.database.write() as session:
        session.execute(
            delete(Membership).where(col(Membership.account_id) == pia.account_id)
        )
        assert not any(may(pia, session, project_id, action) for action in Action)


def test_a_scope_lets_no_more_through_than_a_wider_one():
    narrow_to_wide = [SCOPE_ACTIONS[scope] for scope in Scope]
    assert narrow_to_wide[0] < narrow_to_wide[1] < narrow_to_wide[2] == set(Action)
    weak_to_strong = [ROLE_ACTIONS[role] for role in Role]
    assert weak_to_strong[0] < weak_to_strong[1] < weak_to_strong[2] == set(Action)
