"""Several servers on one host: cookies know no ports."""

import httpx

from tests.support.servers import Launch


class Jar(dict[tuple[str, str], str]):
    """As browsers do for one host: by name and path, whatever the port."""

    def sign_in(self, base: str, name: str) -> None:
        answer = httpx.post(f"{base}/session", json={"name": name}, headers=self.header(base))
        pair, *rest = answer.headers["set-cookie"].split("; ")
        path = next(each[5:] for each in rest if each.lower().startswith("path="))
        cookie, _, value = pair.partition("=")
        self[cookie, path] = value

    def header(self, base: str) -> dict[str, str]:
        path = httpx.URL(f"{base}/session").path
        fitting = [(where, f"{n}={v}") for (n, where), v in self.items() if path.startswith(where)]
        fitting.sort(key=lambda each: -len(each[0]))
        return {"Cookie": "; ".join(pair for _, pair in fitting)} if fitting else {}

    def who(self, base: str) -> str | None:
        name: str | None = httpx.get(f"{base}/session", headers=self.header(base)).json()["name"]
        return name


def test_servers_on_other_ports_and_paths_know_their_own_cookie(launch: Launch) -> None:
    root, other, rooted = launch(), launch(), launch("--root-path", "/team")
    jar = Jar()
    bases = {"ann": root.url, "bob": other.url, "cy": f"{rooted.url}/team"}
    for name, base in bases.items():
        jar.sign_in(base, name)
    assert {name: jar.who(base) for name, base in bases.items()} == {each: each for each in bases}


def test_one_server_under_two_paths_has_a_cookie_for_each(launch: Launch) -> None:
    first = launch("--secret", "the same for both")
    second = launch("--secret", "the same for both", "--root-path", "/team")
    jar = Jar()
    jar.sign_in(first.url, "ann")
    jar.sign_in(f"{second.url}/team", "bob")
    assert (jar.who(first.url), jar.who(f"{second.url}/team")) == ("ann", "bob")
