"""Makes or changes posts: the model's call, what is wrong with it, one attempt to repair, then warnings."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from core.assistant.context import Message
from core.copilot import context, prompts, social
from core.copilot.context import Question
from core.copilot.social import BadPosts, Posts, PostWarning, Social
from worker.copilot.asking import Asking, Failure, called
from worker.copilot.ending import MadePosts
from worker.copilot.scene import Scene
from worker.providers.failover import Answer

TITLE: Final = 80  # code points
NO_POSTS: Final = "no_posts"

Status = Callable[[str], Awaitable[None]]


class _Tried(msgspec.Struct, frozen=True):
    """`posts` None: none could be read, because of `bad`."""

    posts: Posts | None
    faults: list[PostWarning]
    quoted: bool
    bad: str = ""

    @property
    def fine(self) -> bool:
        return self.posts is not None and not self.faults and not self.quoted


async def make(asking: Asking, scene: Scene, question: Question, status: Status) -> MadePosts:
    """Raises Failure. Names, addresses and quotes of customers are removed, whatever the model said."""
    edit = question.intent == "social_edit"
    before = scene.draft.social.posts if edit and scene.draft is not None else None
    sent = context.messages(question, scene.session, scene.source)
    await status("writing")
    answer = await asking.ask(sent, (prompts.offer(edit=edit),))
    await status("checking")
    tried = _tried(answer, before, scene)
    if not tried.fine:
        await status("repairing")
        tried = await _repaired(asking, scene, sent, answer, tried, before=before, edit=edit)
    if tried.posts is None:
        raise Failure(NO_POSTS, retryable=True)
    posts, masked = social.public(tried.posts, names=scene.source.names, said=scene.source.said)
    made = Social(posts, [*social.faults(posts), *masked])
    if social.too_large(made):  # with its warnings, and masks in place of shorter names
        raise Failure(NO_POSTS, retryable=True)
    if edit and scene.draft is not None:
        return MadePosts(made, scene.title, scene.draft.id, scene.draft.version)
    return MadePosts(made, _title(scene, posts))


async def _repaired(
    asking: Asking,
    scene: Scene,
    sent: list[Message],
    answer: Answer,
    tried: _Tried,
    *,
    before: Posts | None,
    edit: bool,
) -> _Tried:
    """The second answer changes what the first one has made; what cannot be read leaves that as it is."""
    words = prompts.repair(tried.faults, quoted=tried.quoted, bad=tried.bad)
    again_edit = edit or tried.posts is not None
    again = await asking.ask([*sent, *_exchange(answer, words)], (prompts.offer(edit=again_edit),))
    second = _tried(again, tried.posts if tried.posts is not None else before, scene)
    return second if second.posts is not None else tried


def _tried(answer: Answer, before: Posts | None, scene: Scene) -> _Tried:
    arguments = called(answer, prompts.POSTS)
    try:
        if before is None:
            posts = social.read_posts(arguments)
        else:
            posts = social.edited(before, social.read_edits(arguments))
            if not posts:
                raise BadPosts("Keep at least one post.")
        if social.too_large(Social(posts)):
            raise BadPosts("The posts together are too long.")
    except BadPosts as error:
        return _Tried(None, [], quoted=False, bad=str(error))
    return _Tried(posts, social.faults(posts), social.quoted(posts, said=scene.source.said))


def _exchange(answer: Answer, words: str) -> list[dict[str, Any]]:
    """What the model has called, and what came of it; or what it said instead."""
    call = next((one for one in answer.reply.calls if one.name == prompts.POSTS), None)
    if call is None:
        return [
            {"role": "assistant", "content": answer.reply.text or "…"},
            {"role": "user", "content": words},
        ]
    function = {"name": call.name, "arguments": call.arguments}
    calls = [{"id": call.id, "type": "function", "function": function}]
    return [
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": call.id, "content": words},
    ]


def _title(scene: Scene, posts: Posts) -> str:
    first = next(iter(posts.values())).segments[0]
    return (scene.title or " ".join(first.split()))[:TITLE]
