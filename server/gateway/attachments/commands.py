"""Hop 3: a visitor's message with files becomes a command."""

from core import commands, ids
from core.ids import ConversationId, MessageId, ProjectId, Ref, VisitorId
from core.model import Author
from protocol import from_client


def file_ids(frame: from_client.Attach) -> tuple[bytes, ...] | None:
    """The files that it names; None if one is no id, or named twice."""
    try:
        files = tuple(ids.parse(file) for file in frame.files)
    except ValueError:
        return None
    return files if len(set(files)) == len(files) else None


def post_files(
    frame: from_client.Attach,
    files: tuple[bytes, ...],
    *,
    project: ProjectId,
    visitor: VisitorId,
    language: str,
    now: int,
    facts: bool,
    withheld: bool,
) -> commands.PostFiles:
    """The command for a visitor's message with files; the rest as `post_message`."""
    return commands.PostFiles(
        project,
        Author("visitor", visitor),
        Ref(frame.ref),
        MessageId(ids.make(now)),
        None if frame.conversation is None else ConversationId(frame.conversation),
        files,
        frame.body,
        now,
        frame.meta if facts else {},
        language,
        frame.article,
        withheld,
    )
