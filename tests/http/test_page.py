"""What the page is made of: sizes, caches, policies. No browser is needed."""

import gzip
import re

import httpx
import pytest

from sse_chat.web.http.static_files import STATIC
from tests.support.servers import Launch, ServerProcess

_HTML = {"Accept": "text/html"}
_FIRST_PAINT_BYTES = 42_000


def _page(url: str, **headers: str) -> httpx.Response:
    return httpx.get(url, headers={**_HTML, **headers})


def _links(page: str) -> list[str]:
    return re.findall(r'(?:href|src)="([^"]*/static/[^"]+)"', page)


def test_first_paint_is_small_and_compressed(launch: Launch) -> None:
    # Of its own: the rooms of other tests would stand in the page too.
    server = launch("--limits", "off")
    room = server.room
    for each in range(50):
        httpx.post(
            room, json={"text": f"message number {each} of the first page"}, auth=("ann", "")
        )
    size = 0
    urls = [room, *(f"{server.url}{link}" for link in set(_links(_page(room).text)))]
    with httpx.Client() as client:
        for url in urls:
            with client.stream("GET", url, headers=_HTML) as response:
                size += len(b"".join(response.iter_raw()))
    assert size < _FIRST_PAINT_BYTES


def test_static_files_are_kept_for_a_year_under_their_own_version(server: ServerProcess) -> None:
    link = next(each for each in _links(_page(f"{server.url}/").text) if each.endswith(".css"))
    current = httpx.get(f"{server.url}{link}")
    assert current.headers["cache-control"] == "public, max-age=31536000, immutable"
    older = httpx.get(f"{server.url}{re.sub('/static/[0-9a-f]+', '/static/000000', link)}")
    assert older.text == current.text
    assert older.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["nothing.css", "../templates/chat.html", "%2e%2e/app.py"])
def test_nothing_but_static_files_lies_below_static(server: ServerProcess, path: str) -> None:
    assert httpx.get(f"{server.url}/static/000000/{path}").status_code == 404


def test_compression_only_where_it_is_asked_for(room: str) -> None:
    plain = httpx.get(room, headers={**_HTML, "Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with httpx.stream("GET", room, headers=_HTML) as response:
        packed = b"".join(response.iter_raw())
        assert response.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed).decode() == plain.text


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_a_static_file_is_packed_as_the_browser_takes_it(room: str, coding: str) -> None:
    link = next(each for each in _links(_page(room).text) if each.endswith("/bundles/main.js"))
    url = room.partition("/chat/")[0] + link
    plain = httpx.get(url, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    packed = httpx.get(url, headers={"Accept-Encoding": coding})
    assert packed.headers["content-encoding"] == coding
    assert packed.text == plain.text
    assert packed.num_bytes_downloaded < len(plain.content) / 3


def test_the_page_has_no_inline_script_or_style_and_names_no_other_origin(room: str) -> None:
    httpx.post(room, json={"text": "<script>alert(1)</script>"}, auth=("<b>ann", ""))
    response = _page(room)
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", response.text)
    hosts = re.findall(r'(?:href|src|action)="(?:https?:)?//([^"/]+)', response.text)
    assert hosts == []


def test_the_theme_cookie_is_in_the_first_byte_of_the_page(room: str) -> None:
    assert 'data-theme="dark"' in _page(room, Cookie="sse_chat_theme=dark").text
    assert "data-theme" not in _page(room, Cookie='sse_chat_theme=x" onload="y').text


def test_the_manifest_and_the_worker_belong_to_the_root(server: ServerProcess) -> None:
    manifest = httpx.get(f"{server.url}/manifest.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"
    assert manifest.json()["scope"] == "/"
    assert "javascript" in httpx.get(f"{server.url}/sw.js").headers["content-type"]


@pytest.mark.parametrize(
    ("wanted", "name"),
    [("Team Ärger", "team-arger"), ("  ops ", "ops"), ("a_b--c", "a_b-c"), ("#general", "general")],
)
def test_what_a_person_types_becomes_the_name_of_a_room(
    server: ServerProcess, wanted: str, name: str
) -> None:
    response = httpx.get(f"{server.url}/", params={"room": wanted}, headers=_HTML)
    assert response.status_code == 303
    assert response.headers["location"] == f"/chat/{name}"


def test_a_room_without_a_letter_is_refused_with_the_rule(server: ServerProcess) -> None:
    response = httpx.get(f"{server.url}/", params={"room": "!!!"}, headers=_HTML)
    assert response.status_code == 404
    assert "a-z" in response.text


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip, br", True), ("br;q=1, gzip;q=0.5", True), ("*", True), ("GZIP", True),
        ("gzip;q=0", False), ("gzip;q=0.0, identity", False), ("*, gzip;q=0", False),
        ("identity", False), ("x-gzippy", False),
    ],
)  # fmt: skip
def test_a_page_is_packed_only_for_who_takes_it(room: str, accepted: str, is_packed: bool) -> None:
    headers = {"Accept": "text/html", "Accept-Encoding": accepted}
    answer = httpx.get(room, headers=headers)
    assert (answer.headers.get("content-encoding") == "gzip") == is_packed


def test_https_is_not_demanded_of_a_host_of_which_we_are_a_path(launch: Launch) -> None:
    server = launch("--trusted-proxies", "127.0.0.1", "--root-path", "/team")
    headers = {"Accept": "text/html", "X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.9"}
    answer = httpx.get(f"{server.url}/team/chat/lobby", headers=headers)
    assert answer.status_code == 200
    assert "strict-transport-security" not in answer.headers


def test_modules_come_without_their_comments_and_with_their_lines(server: ServerProcess) -> None:
    source = (STATIC / "js" / "main.js").read_text()
    served = httpx.get(f"{server.url}/static/any/js/main.js").text
    assert source.startswith("// ")
    assert not any(line.lstrip().startswith("//") for line in served.splitlines())
    assert served.count("\n") == source.count("\n")
