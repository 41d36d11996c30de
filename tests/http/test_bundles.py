"""Modules joined into the files that pages load."""

import pytest

from sse_chat.web.http.bundles import bundle_all
from sse_chat.web.http.static_files import STATIC

MAIN = 'import { b as c } from "./b.js";\nc();\nconst { d } = await import("./later/d.js");\nd();\n'
SOURCES = {
    "js/main.js": MAIN,
    "js/b.js": 'import { A } from "./a.js";\nexport const b = () => A;\n'
    "export async function e() {}\n",
    "js/a.js": "export class A {}\nconst b = 1;\n",
    "js/later/d.js": 'import { A } from "../a.js";\nimport { f } from "./f.js";\n'
    "export function d() {}\n",
    "js/later/f.js": "export const f = 1;\n",
}


def test_each_module_stands_once_and_behind_what_it_imports() -> None:
    files = {name: body.decode() for name, body in bundle_all(["js/main.js"], SOURCES).items()}
    assert sorted(files) == ["js/bundles/later-d.js", "js/bundles/main.js"]
    main, later = files["js/bundles/main.js"], files["js/bundles/later-d.js"]
    places = [main.index(each) for each in ("$['js/a.js']=", "$['js/b.js']=", "c();", "$import('")]
    assert places == sorted(places)
    assert "const{b:c}=$['js/b.js'];" in main
    assert "return{b,e}" in main
    assert "$import('js/later/d.js','./later-d.js')" in main
    # What the page has already does not come again.
    assert "$['js/a.js']??=" not in later
    assert later.index("$['js/later/f.js']??=") < later.index("$['js/later/d.js']??=")


@pytest.mark.parametrize(
    ("source", "objection"),
    [
        ("export default 1;", "cannot be joined: export default 1;"),
        ("export let count = 0;", "cannot be joined: export let"),
        ('import * as all from "./b.js";', "cannot be joined: import"),
        ('import { b } from "./b.js";\nexport const A = b;', "imports js/a.js"),
        ("export const A = `${b ? ` c` : 1}`;", "a template within a template"),
    ],
)
def test_what_cannot_be_joined_ends_the_start(source: str, objection: str) -> None:
    with pytest.raises(ValueError, match=objection.replace("*", r"\*")):
        bundle_all(["js/main.js"], {**SOURCES, "js/a.js": source})


def test_every_module_of_the_room_is_in_a_bundle() -> None:
    sources = {
        path.relative_to(STATIC).as_posix(): path.read_text()
        for path in (STATIC / "js").rglob("*.js")
    }
    entries = ["js/main.js", "js/card.js", "js/doctor.js"]
    joined = b"".join(bundle_all(entries, sources).values()).decode()
    assert [name for name in sources if name not in entries and f"$['{name}']" not in joined] == []
