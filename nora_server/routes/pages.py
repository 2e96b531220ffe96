"""Routes of the server's own pages; they ask nothing of the archive."""

from fastapi import APIRouter, Request, Response

from nora_core.errors import NotFound
from nora_server.pages import (
    OPEN_PAGE,
    PAGE_HEADERS,
    STATIC_TYPES,
    read_page,
    read_static,
)

router = APIRouter(include_in_schema=False)


@router.get("/")
@router.get("/index.php")
@router.get("/l/{link_id}")
def send_page(request: Request) -> Response:
    """Send one page for all links, calls and users: it knows nothing of them."""
    page = read_page(OPEN_PAGE, request.url.path)
    return Response(page, media_type="text/html", headers=PAGE_HEADERS)


@router.get("/static/{name}")
def send_static(name: str) -> Response:
    """Send a file that pages load."""
    if name not in STATIC_TYPES:
        raise NotFound("there is no such file here")
    return Response(
        read_static(name), media_type=STATIC_TYPES[name], headers=PAGE_HEADERS
    )
