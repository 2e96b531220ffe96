"""Answers what no route expected, so that even a 500 passes all other middleware."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nora_server.errors_as_problems import surprise_response


class Surprises:
    """Turns an unexpected exception into a Problem, where nothing was sent yet."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_started = False

        async def send_and_note(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception as error:
            if has_started or scope["type"] != "http":
                raise
            await surprise_response(error)(scope, receive, send)
