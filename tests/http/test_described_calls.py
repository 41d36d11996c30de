"""Requests that are generated from the description of the calls, each answered as it says.

`tests/conftest.py` leaves this file out where no long tests are asked for: Schemathesis takes
seconds to import, in each process.
"""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from sse_chat.web.site.openapi import describe
from tests.support.servers import ServerProcess

_FUZZED = (
    schemathesis.openapi.from_dict(describe())
    .exclude(
        # Feeds and reports that last; bodies that are not fields; what is measured, not answered.
        path_regex=r"^/doctor|^/static|/feed$|^/chat$|^/help"
    )
    .exclude(method="PUT")
    .exclude(path="/chat/{room}", method="GET")
)


@pytest.mark.long
@_FUZZED.parametrize()
@settings(max_examples=8, suppress_health_check=list(HealthCheck))
def test_whatever_fits_the_description_is_answered(
    case: schemathesis.Case, server: ServerProcess
) -> None:
    # A poll, and a question, that nobody answers lasts as long as it says.
    for fields in (case.query, case.body):
        if isinstance(fields, dict) and str(fields.get("wait", "")).isdigit():
            fields["wait"] = 0
    case.call_and_validate(
        base_url=server.url, checks=[not_a_server_error, response_schema_conformance]
    )
