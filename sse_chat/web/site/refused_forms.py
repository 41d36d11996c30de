"""Forms by which one signs in or makes an account: refused, their page is shown once more."""

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.web.http.form_redisplay import redisplayed_on
from sse_chat.web.http.requests import FIELDS, services_of
from sse_chat.web.people import account, session
from sse_chat.web.people.invitations import accept_invitation, invitation_page
from sse_chat.web.site.pages import index


async def _page(request: Request) -> Response:
    """An invitation, the start page and the account page have such a form each."""
    fields = request.scope[FIELDS]
    code = request.path_params.get("code") or fields.get("invitation")
    if code:
        return await invitation_page(request, str(code))
    if fields.get("room") == services_of(request).settings.default_room:
        return await index(request)
    return await account.account_page(request)


post_session = redisplayed_on(_page)(session.post_session)
post_account = redisplayed_on(_page)(account.post_account)
post_invitation = redisplayed_on(_page)(accept_invitation)
