"""Bundles: modules joined into one file for each entry, so that a page waits for few. No I/O.

The sources stay as they are and are served, too. Each module becomes a function whose result, its
exports, stands under its name in a registry; imports become lookups there. A module that is asked
for by `import()` comes in a file of its own, with what the page does not have yet; while the path
does not bring it, it is asked for again, for two minutes.
"""

import posixpath
import re
from collections.abc import Mapping

import rjsmin

FOLDER = "js/bundles/"
_IMPORT = re.compile(r'^import\s*(\{[^}]*\}\s*from\s*)?"(\.[^"]+)";', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
_LEFT_OVER = re.compile(r"^(?:import|export)\b", re.MULTILINE)
_LATER = re.compile(r'\bimport\("(\.[^"]+)"\)')
_NESTED = re.compile(r"`[^`\n]*\$\{[^}`\n]*`[^`\n]*`")
_BEGIN = """const $ = {};
const $load = async (file, waitMs) => {
  try {
    // Firefox asks for what it could not have under one address no second time.
    return await import(waitMs > 1000 ? `${file}?${Date.now()}` : file);
  } catch (error) {
    if (waitMs > 60000) throw error;
    dispatchEvent(new Event("missing"));
    await new Promise((goOn) => setTimeout(goOn, waitMs));
    return $load(file, 2 * waitMs);
  }
};
const $import = async (name, file) => {
  if (!$[name]) {
    const module = await $load(file, 1000);
    if (!$[name]) module.default($, $import);
  }
  return $[name];
};
"""

Sources = Mapping[str, str]


def bundle_all(entries: list[str], sources: Sources) -> dict[str, bytes]:
    """The files by name; raises ValueError for what is not written as modules here are."""
    files: dict[str, bytes] = {}
    for entry in entries:
        has = _order(entry, sources)
        parts = [_BEGIN, *(_wrap(name, sources[name]) for name in has[:-1])]
        parts.append(_body(entry, sources[entry])[0])
        files[bundle_of(entry)] = pack("".join(parts))
        waiting = _later_of(has, sources)
        while waiting:
            name = waiting.pop()
            if bundle_of(name) in files:
                continue
            needed = [each for each in _order(name, sources) if each not in has]
            parts = [f"$[{each!r}] ??= {_function(each, sources[each])};\n" for each in needed]
            files[bundle_of(name)] = pack(
                f"export default ($, $import) => {{\n{''.join(parts)}}};\n"
            )
            waiting += _later_of(needed, sources)
    return files


def join(entry: str, sources: Sources) -> bytes:
    """A script with all that it imports, as a service worker needs it; raises ValueError as
    bundle_all does."""
    *others, _ = _order(entry, sources)
    parts = ["const $ = {};\n", *(_wrap(name, sources[name]) for name in others)]
    return pack("".join(parts) + _body(entry, sources[entry])[0])


def bundle_of(entry: str) -> str:
    return FOLDER + entry.removeprefix("js/").replace("/", "-")


def pack(source: str) -> bytes:
    """Without comments and blanks; raises ValueError for a template within a template, of which
    rjsmin would take blanks."""
    if nested := _NESTED.search(source):
        raise ValueError(f"a template within a template: {nested[0]}")
    minified: str = rjsmin.jsmin(source)
    return minified.encode()


def _order(entry: str, sources: Sources) -> list[str]:
    """The module and all that it imports, each behind what it imports itself."""
    found: dict[str, None] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ValueError(f"{' imports '.join((*path, name))}")
        if name not in found:
            for match in _IMPORT.finditer(sources[name]):
                visit(_resolve(name, match[2]), (*path, name))
            found[name] = None

    visit(entry, ())
    return list(found)


def _later_of(names: list[str], sources: Sources) -> list[str]:
    return [_resolve(name, each) for name in names for each in _LATER.findall(sources[name])]


def _resolve(name: str, imported: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), imported))


def _wrap(name: str, source: str) -> str:
    return f"$[{name!r}] = {_function(name, source)};\n"


def _function(name: str, source: str) -> str:
    body, exported = _body(name, source)
    return f"(() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})()"


def _body(name: str, source: str) -> tuple[str, list[str]]:
    """Without imports and exports; and what was exported."""
    exported = _EXPORT.findall(source)

    def look_up(match: re.Match[str]) -> str:
        if match[1] is None:
            return ""
        names = match[1].rpartition("from")[0].replace(" as ", ": ")
        return f"const {names}= $[{_resolve(name, match[2])!r}];"

    def ask_for(match: re.Match[str]) -> str:
        asked = _resolve(name, match[1])
        return f"$import({asked!r}, './{posixpath.basename(bundle_of(asked))}')"

    body = _LATER.sub(ask_for, _EXPORT.sub("", _IMPORT.sub(look_up, source)))
    if left := _LEFT_OVER.search(body):
        line = body[left.start() :].partition("\n")[0]
        raise ValueError(f"{name} cannot be joined: {line}")
    return body, exported
