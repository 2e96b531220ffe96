"""Calls about tools and the orders that run them on cases."""

from __future__ import annotations

from collections.abc import Iterable

from nora_core.client.calls import Calls, project_path
from nora_core.client.connection import Call
from nora_core.wire.jobs import (
    JobState,
    LogPart,
    OrderCasePage,
    OrderCaseRow,
    OrderInfo,
    OrderRequest,
)
from nora_core.wire.tool import ToolList


class OrderCalls(Calls):
    """Tools, orders, their cases and logs."""

    def tools(self) -> ToolList:
        """Return what can be run, and which plug-ins are broken."""
        return self._connection.ask(Call("GET", "/tools", repeatable=True), ToolList)

    def reload_tools(self) -> ToolList:
        """Let the server load its plug-ins again."""
        return self._connection.ask(
            Call("POST", "/tools/reload", repeatable=True), ToolList
        )

    def submit(self, project: str, request: OrderRequest) -> OrderInfo:
        """Order a tool to be run on cases; with a key, at most once."""
        call = Call(
            "POST",
            project_path(project, "/orders"),
            body=request,
            repeatable=request.key is not None,
        )
        return self._connection.ask(call, OrderInfo)

    def orders(self, project: str) -> list[OrderInfo]:
        """Return the project's orders, newest first."""
        call = Call("GET", project_path(project, "/orders"), repeatable=True)
        return self._connection.ask(call, list[OrderInfo])

    def order(self, project: str, order_id: int) -> OrderInfo:
        """Return one order and how far it is."""
        path = project_path(project, f"/orders/{order_id}")
        return self._connection.ask(Call("GET", path, repeatable=True), OrderInfo)

    def order_cases(
        self, project: str, order_id: int, after: int = 0, limit: int = 200
    ) -> OrderCasePage:
        """Return the cases of an order that come after case ``after``."""
        call = Call(
            "GET",
            project_path(project, f"/orders/{order_id}/cases"),
            query={"after": after, "limit": limit},
            repeatable=True,
        )
        return self._connection.ask(call, OrderCasePage)

    def jobs_of(
        self,
        project: str,
        *,
        study_id: int | None = None,
        subject_id: int | None = None,
    ) -> list[OrderCaseRow]:
        """Return the latest cases, newest first, of one study or one subject."""
        call = Call(
            "GET",
            project_path(project, "/orders/cases"),
            query={"study_id": study_id, "subject_id": subject_id},
            repeatable=True,
        )
        return self._connection.ask(call, list[OrderCaseRow])

    def cancel_order(self, project: str, order_id: int) -> OrderInfo:
        """Stop an order's cases that are not finished."""
        path = project_path(project, f"/orders/{order_id}/cancel")
        return self._connection.ask(Call("POST", path, repeatable=True), OrderInfo)

    def retry_order(
        self, project: str, order_id: int, states: Iterable[JobState]
    ) -> OrderInfo:
        """Run the cases again that ended in one of ``states``."""
        call = Call(
            "POST",
            project_path(project, f"/orders/{order_id}/retry"),
            body={"states": [JobState(state).value for state in states]},
        )
        return self._connection.ask(call, OrderInfo)

    def case_log(self, project: str, case_id: int, offset: int = 0) -> LogPart:
        """Return what a case's log holds from byte ``offset`` on."""
        call = Call(
            "GET",
            project_path(project, f"/orders/cases/{case_id}/log"),
            query={"offset": offset},
            repeatable=True,
        )
        return self._connection.ask(call, LogPart)
