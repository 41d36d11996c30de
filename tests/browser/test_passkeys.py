"""Passkeys: added, used to sign in, named and removed, by an authenticator that Chromium plays."""

import re

from playwright.sync_api import CDPSession, expect

from tests.browser.person import Meet, Person
from tests.browser.test_accounts import PASSWORD, make_account
from tests.support.servers import ServerProcess


def plug_in(person: Person) -> CDPSession:
    """A phone that recognises its owner at once."""
    devtools = person.context.new_cdp_session(person.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools


def test_a_passkey_stands_for_name_password_and_code(meet: Meet, server: ServerProcess) -> None:
    # A passkey belongs to a name, not to a number.
    site = ServerProcess(
        server.process, server.url.replace("127.0.0.1", "localhost"), server.data, server.output
    )
    ann = meet("ann", url=site.url)
    plug_in(ann)
    name = make_account(ann, site)
    page = ann.page
    page.goto(f"{site.url}/account")
    add = page.locator("[data-passkey=add]")
    add.get_by_label("Name of the passkey").fill("my phone")
    add.get_by_label("Your password").fill("not my password")
    add.get_by_role("button").click()
    expect(add.locator("[data-problem]")).to_be_visible()
    add.get_by_label("Your password").fill(PASSWORD)
    add.get_by_role("button").click()
    expect(page.get_by_text("Your recovery codes")).to_be_visible()
    page.goto(f"{site.url}/account")
    listed = page.get_by_label("Name of this passkey")
    expect(listed).to_have_value("my phone")
    listed.fill("old phone")
    page.get_by_role("button", name="Rename").click()
    page.goto(f"{site.url}/account")
    expect(listed).to_have_value("old phone")

    page.get_by_role("button", name="Sign out everywhere").click()
    page.wait_for_url("**/chat")
    page.goto(f"{site.url}/account")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/chat")
    expect(page.locator("[data-my-name]")).to_have_text(name)

    # The password alone does not do any more.
    page.goto(f"{site.url}/account")
    page.get_by_role("button", name="Sign out everywhere").click()
    page.wait_for_url("**/chat")
    page.goto(f"{site.url}/account")
    page.goto(f"{site.url}/chat/after-work")
    page.get_by_role("button", name="Choose a name").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("This account has a second factor.")).to_be_visible()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/chat/after-work")
    expect(page.locator("[data-my-name]")).to_have_text(name)

    page.goto(f"{site.url}/account")
    removing = page.locator("form[action$='/remove']")
    removing.get_by_label("Your password").fill(PASSWORD)
    removing.get_by_role("button").click()
    page.wait_for_url("**/account")
    expect(page.get_by_role("button", name=re.compile("Set up an app"))).to_be_visible()
    expect(listed).to_have_count(0)
    # What the wrong password was answered with.
    ann.problems = [each for each in ann.problems if "401" not in each]
