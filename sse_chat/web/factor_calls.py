"""The calls of second factors, and all calls together."""

from sse_chat.web.calls import CALLS, STRING, Call

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
)  # fmt: skip

ALL_CALLS = (*CALLS, *FACTOR_CALLS)
