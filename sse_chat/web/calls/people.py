"""The calls of sessions, accounts, second factors and what is a person's own."""

from sse_chat.web.calls.schemas import PASSWORD, STRING, SWITCH, Call, Schema, one_of, whole

_CREDENTIAL: Schema = {"type": "object"}

PEOPLE_CALLS: tuple[Call, ...] = (
    Call("/invite/{code}", "get", "what a link is for"),
    Call(
        "/invite/{code}", "post", "enter the room that it is for, or set a new password by it",
        fields={"password": PASSWORD},
    ),
    Call("/unread", "get", "what I have not read"),
    Call("/mentions", "get", "the newest messages that name me, in all rooms"),
    Call("/session", "get", "who I am"),
    Call(
        "/session", "post", "sign in",
        fields={"name": STRING, "password": STRING, "code": STRING, "ticket": STRING},
    ),
    Call("/session/end", "post", "sign out", fields={"everywhere": SWITCH}),
    Call("/account", "get", "my sessions and tokens"),
    Call(
        "/account", "post", "make an account",
        fields={"name": STRING, "password": PASSWORD, "invitation": STRING},
        needed=("name", "password"), status=201,
    ),
    Call(
        "/account/erase", "post", "erase my account and all that it wrote, for good",
        fields={"password": STRING}, needed=("password",),
    ),
    Call(
        "/account/password", "post", "change the password",
        fields={"old": STRING, "new": PASSWORD}, needed=("old", "new"),
    ),
    Call(
        "/account/tokens", "post", "make a token; shown this once",
        fields={"label": STRING, "scope": one_of("read", "post", "both"), "rooms": STRING,
                "room": STRING, "days": whole(0, 3650), "password": PASSWORD,
                "limit": {"type": "string", "examples": ["50/300"]}},
        status=201, is_strict=True,
    ),
    Call("/account/tokens/{token_id}/revoke", "post", "end a token"),
    Call("/dm/{name}/block", "post", "refuse what this person writes to me"),
    Call("/dm/{name}/unblock", "post", "take it again"),
    Call(
        "/account/app", "post", "begin with an authenticator app; its key is shown this once",
        fields={"password": STRING}, status=201,
    ),
    Call(
        "/account/app/on", "post", "turn it on by a code; the recovery codes are shown this once",
        fields={"code": STRING}, needed=("code",), status=201,
    ),
    Call("/account/app/off", "post", "turn it off", fields={"password": STRING}),
    Call(
        "/account/recovery-codes", "post", "new recovery codes; those before end",
        fields={"password": STRING}, status=201,
    ),
    Call("/account/passkeys/options", "post", "begin a passkey", fields={"password": STRING}),
    Call(
        "/account/passkeys", "post", "add what the browser made",
        fields={"credential": _CREDENTIAL, "ticket": STRING, "label": STRING},
        needed=("credential", "ticket"), status=201,
    ),
    Call(
        "/account/passkeys/{passkey_id}/rename", "post", "give a passkey another name",
        fields={"label": STRING}, needed=("label",),
    ),
    Call(
        "/account/passkeys/{passkey_id}/remove", "post", "end a passkey",
        fields={"password": STRING},
    ),
    Call("/session/passkey/options", "post", "begin to sign in by a passkey"),
    Call(
        "/session/passkey", "post", "sign in by a passkey",
        fields={"credential": _CREDENTIAL, "ticket": STRING}, needed=("credential", "ticket"),
    ),
)  # fmt: skip
