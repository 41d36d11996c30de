"""What axe finds wrong with a page."""

from axe_playwright_python.sync_playwright import Axe

from tests.browser.person import Person

_SERIOUS = {"serious", "critical"}


def findings(person: Person) -> list[str]:
    found = Axe().run(person.page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for each in found
        if each["impact"] in _SERIOUS
        for node in each["nodes"]
    ]
