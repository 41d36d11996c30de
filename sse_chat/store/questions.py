"""QuestionStore: answers to questions; the store decides which one counts."""

import json
import secrets
from dataclasses import dataclass

from sse_chat.errors import Answered, Expired, Forbidden, NotFound, no_entry
from sse_chat.events import Draft, Entry
from sse_chat.questions import Answer
from sse_chat.store.appending import Appending, entry_of, run, until_answered
from sse_chat.store.keys import Keys
from sse_chat.store.links import SlotPipelines
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.records import to_answer, to_fields
from sse_chat.store.scripts import load_script

_ANSWER = load_script("answer")

_APPENDED, _KNOWN = 1, 3


@dataclass(frozen=True, slots=True)
class Accepted:
    entry: Entry
    is_replay: bool


class QuestionStore:
    def __init__(self, posts: Pipeline | SlotPipelines, keys: Keys, appending: Appending) -> None:
        self._posts = posts
        self._keys = keys
        self._appending = appending

    async def answer(self, draft: Draft, *, is_own: bool = False) -> Accepted:
        """Appends an `answer` to the question at `draft.target`, if it is the first.

        An empty text takes the question back. `is_own`: only its author may. With the key of an
        earlier answer of the same author it is that one again. Raises Answered, Expired,
        NotFound, Forbidden, StoreUnavailable, Busy.
        """
        author = draft.author
        mark = draft.key or secrets.token_hex(8)
        record = {
            "choice": draft.text,
            "author": author.name,
            "author_id": author.author_id,
            "mark": mark,
        }
        keys = [*self._appending.keys_of(draft.room), self._keys.answers(draft.room)]
        args = (
            draft.room,
            *self._appending.trim,
            str(draft.target),
            author.author_id if is_own else "",
            json.dumps(record, ensure_ascii=False),
            *to_fields(draft),
        )
        done, outcome = await until_answered(lambda: run(self._posts, _ANSWER, keys, *args))
        if done == _APPENDED:
            return Accepted(entry_of(draft, outcome), is_replay=False)
        if done == _KNOWN:
            stored_id, _, known = outcome.partition(" ")
            if json.loads(known) == record:
                # Ours: by the key that the caller repeats, or by an own try whose reply was lost.
                return Accepted(entry_of(draft, stored_id), is_replay=draft.key is not None)
            raise _too_late(to_answer(outcome))
        raise _refusal(draft, outcome)


def _too_late(answer: Answer) -> Answered | Expired:
    if not answer.choice:
        return Expired("the question was withdrawn by the person who asked it")
    payload = answer.as_json()
    return Answered(
        f"the question was answered before, by {answer.author}: {answer.choice}", answer=payload
    )


def _refusal(draft: Draft, outcome: str) -> Expired | Forbidden | NotFound:
    if outcome == "late":
        return Expired("the time to answer is over")
    if outcome == "author":
        return Forbidden("only the person who asked can withdraw the question")
    if outcome == "kind":
        return NotFound(f"message {draft.target} is not a question")
    return no_entry(draft.room, draft.target)
