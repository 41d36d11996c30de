"""The calls of second factors, and all calls together."""

from sse_chat.web.calls import CALLS, STRING, Call, Schema

_CREDENTIAL: Schema = {"type": "object"}

FACTOR_CALLS = (
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

ALL_CALLS = (*CALLS, *FACTOR_CALLS)
