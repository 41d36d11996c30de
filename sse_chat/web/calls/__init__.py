"""The calls: each route with its query and its fields, for the description and for the checks."""

from sse_chat.web.calls.people import PEOPLE_CALLS
from sse_chat.web.calls.rooms import ROOM_CALLS
from sse_chat.web.calls.site import SITE_CALLS

ALL_CALLS = (*ROOM_CALLS, *PEOPLE_CALLS, *SITE_CALLS)
