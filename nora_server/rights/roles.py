"""The table of rights: what each role and each token's scope lets do.

Default deny: what is not listed here is not allowed. Server admins may do
everything in every project; a token narrows what its user may do, never widens.
"""

from nora_core.wire.account import Role, Scope
from nora_core.wire.project import Action

_LOOK = frozenset({Action.READ})
_READ = _LOOK | {Action.SHARE}
_WRITE = _READ | {Action.WRITE, Action.DELETE, Action.RUN_JOBS}

ROLE_ACTIONS: dict[Role, frozenset[Action]] = {
    Role.READER: _READ,
    Role.WRITER: _WRITE,
    Role.PROJECT_ADMIN: frozenset(Action),
}
"""What a member may do by role.

``REGISTER`` lets project admins take in folders that the settings allow
(``archive.register_folders``); any other folder needs a server admin.
"""

SCOPE_ACTIONS: dict[Scope, frozenset[Action]] = {
    Scope.READ: _LOOK,
    Scope.WRITE: _WRITE,
    Scope.ADMIN: frozenset(Action),
}
"""What a token lets through of its user's rights."""


def roles_with(action: Action) -> list[Role]:
    """Return the roles that may do ``action``, weakest first."""
    return [role for role in Role if action in ROLE_ACTIONS[role]]
