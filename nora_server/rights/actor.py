"""Who acts: the account behind a request or a job, narrowed by its token."""

from dataclasses import dataclass

from nora_core.errors import Forbidden
from nora_core.wire.account import Scope
from nora_server.database.accounts import Account


@dataclass(frozen=True)
class Actor:
    """An account that was known and enabled when the request came."""

    account_id: int
    name: str
    is_admin: bool = False
    scope: Scope = Scope.ADMIN
    token_project_id: int | None = None
    """The only project that the token lets see; ``None``: all of the user's."""
    token_id: int | None = None

    @classmethod
    def of_account(cls, account: Account) -> "Actor":
        """Act as ``account``, with all its rights."""
        if account.id is None:
            raise ValueError("an account must be stored before it can act")
        return cls(account.id, account.name, account.is_admin)

    @property
    def is_server_admin(self) -> bool:
        """True where neither the account nor its token limits anything."""
        return (
            self.is_admin
            and self.scope is Scope.ADMIN
            and self.token_project_id is None
        )


def require_server_admin(actor: Actor, deed: str) -> None:
    """Refuse ``deed`` to all but server admins.

    Raises
    ------
    Forbidden
        If the account is no server admin, or its token is limited.
    """
    if actor.is_server_admin:
        return
    if actor.is_admin:
        raise Forbidden(
            f"this token is limited, so it may not {deed}; "
            "log in, or use a token of scope 'admin' without a project"
        )
    raise Forbidden(f"only server admins may {deed}; ask one of them")
