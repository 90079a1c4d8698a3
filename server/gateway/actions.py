"""Hop 3: what a peer's frame does after its hello: a command for the stream, a signal or a watch."""

from typing import Final, assert_never

import trio

from core import ids
from core.bus.visits import Moved
from core.db.chat import conversations
from core.ids import ConversationId
from core.model import visitor_name
from core.signals import PageSeen, Typed
from protocol.codes import ErrorCode
from protocol.from_client import (
    Answer,
    Attach,
    ChooseOwner,
    ClientFrame,
    CopilotAsk,
    CopilotGet,
    CopilotStop,
    Filling,
    Hello,
    Identify,
    Page,
    Ping,
    Pong,
    Read,
    Send,
    Stop,
    StreamGet,
    Typing,
    Unwatch,
    Watch,
)
from protocol.from_server import Ok, error
from server.gateway import translate
from server.gateway.attachments.commands import file_ids, post_files
from server.gateway.copilot.operations import Operations
from server.gateway.hub import Hub, Peer
from server.gateway.ingress import Ingress, SignalPublisher
from server.gateway.message_limits import MessageLimits
from server.gateway.streams import Streams
from server.pool import UNAVAILABLE, Database

DEADLINE: Final = 4.0  # seconds
RETRY_MS: Final = 2_000
WATCHED: Final = 16  # conversations of one socket

Asking = Watch | Unwatch | Stop | StreamGet | CopilotAsk | CopilotStop | CopilotGet
"""Frames that are answered after a look into a database."""


class Actions:
    """One per process."""

    def __init__(
        self,
        hub: Hub,
        ingress: Ingress,
        signal_publisher: SignalPublisher,
        database: Database,
        limits: MessageLimits,
        streams: Streams,
        copilot: Operations,
    ) -> None:
        self._hub = hub
        self._ingress = ingress
        self._signal_publisher = signal_publisher
        self._database = database
        self._limits = limits
        self._streams = streams
        self._copilot = copilot

    def act(self, peer: Peer, frame: ClientFrame) -> Asking | None:  # noqa: C901  one total match
        """Do what the frame asks. One that waits for a database is returned, for `answer`."""
        match frame:
            case Send():
                self._send(peer, frame)
            case Answer():
                self._answer(peer, frame)
            case Attach():
                self._attach(peer, frame)
            case Read():
                self._read(peer, frame)
            case Typing():
                self._typing(peer, frame)
            case Filling():
                self._filling(peer, frame)
            case Page():
                self._page(peer, frame)
            case Identify():
                self._identify(peer, frame)
            case ChooseOwner():
                self._choose_owner(peer, frame)
            case Watch() | Unwatch() | Stop() | StreamGet():
                return frame
            case CopilotAsk() | CopilotStop() | CopilotGet():
                return frame
            case Hello() | Ping() | Pong():
                raise AssertionError("the session answers these")
            case _:
                assert_never(frame)
        return None

    async def answer(self, peer: Peer, frame: Asking) -> None:
        """Do what it asks, and answer it."""
        if isinstance(frame, Stop | StreamGet):
            await self._streams.answer(peer, frame)
        elif isinstance(frame, CopilotAsk | CopilotStop | CopilotGet):
            await self._copilot.answer(peer, frame)
        else:
            await self._watch(peer, frame)

    async def _watch(self, peer: Peer, frame: Watch | Unwatch) -> None:
        """Subscribe an agent to the inbox, or to one conversation's visitor as well; or unsubscribe."""
        on = isinstance(frame, Watch)
        if frame.view == "inbox":
            self._hub.watch_inbox(peer, on=on)
            peer.send(Ok(frame.rid))
            return
        if frame.conversation is None:
            peer.send(error(ErrorCode.BAD_FRAME, "the conversation is missing", rid=frame.rid))
            return
        conversation = ConversationId(frame.conversation)
        if not on:
            self._hub.unwatch(peer, conversation)
            peer.send(Ok(frame.rid))
            return
        if len(peer.watching or ()) >= WATCHED:
            peer.send(error(ErrorCode.CONFLICT, "too many watched conversations", rid=frame.rid))
            return
        try:
            with trio.fail_after(DEADLINE):
                async with self._database.connection() as conn:
                    found = await conversations.by_id(conn, peer.project.id, conversation)
        except (*UNAVAILABLE, trio.TooSlowError):
            peer.send(error(ErrorCode.BUSY, "try later", rid=frame.rid, retry_ms=RETRY_MS))
            return
        if found is None:
            peer.send(error(ErrorCode.NOT_FOUND, "no such conversation", rid=frame.rid))
            return
        self._hub.watch(peer, conversation, found.visitor)
        peer.send(Ok(frame.rid))

    def _send(self, peer: Peer, frame: Send) -> None:
        assert peer.online_visitor is not None
        assert peer.visitor is not None
        if not frame.body.strip():
            peer.send(error(ErrorCode.BAD_FRAME, "the text is empty", rid=frame.rid, ref=frame.ref))
            return
        if not self._may_write(peer, frame):
            return
        command = translate.post_message(
            frame,
            project=peer.project.id,
            visitor=peer.visitor,
            language=peer.language,
            now=ids.now(),
            facts=not peer.project.require_verified,
            withheld=peer.withheld,
            ongoing=peer.online_visitor.conversation is not None,
        )
        self._ingress.submit(peer, command, rid=frame.rid)

    def _answer(self, peer: Peer, frame: Answer) -> None:
        assert peer.visitor is not None
        if fault := _fault(frame):
            peer.send(error(ErrorCode.BAD_FRAME, fault, rid=frame.rid, ref=frame.ref))
            return
        if not self._may_write(peer, frame):
            return
        command = translate.answer_form(
            frame,
            project=peer.project.id,
            visitor=peer.visitor,
            language=peer.language,
            now=ids.now(),
            facts=not peer.project.require_verified,
            withheld=peer.withheld,
        )
        self._ingress.submit(peer, command, rid=frame.rid)

    def _attach(self, peer: Peer, frame: Attach) -> None:
        assert peer.visitor is not None
        files = file_ids(frame)
        if files is None:
            peer.send(error(ErrorCode.BAD_FRAME, "not ids of files", rid=frame.rid, ref=frame.ref))
            return
        if not self._may_write(peer, frame):
            return
        command = post_files(
            frame,
            files,
            project=peer.project.id,
            visitor=peer.visitor,
            language=peer.language,
            now=ids.now(),
            facts=not peer.project.require_verified,
            withheld=peer.withheld,
        )
        self._ingress.submit(peer, command, rid=frame.rid)

    def _may_write(self, peer: Peer, frame: Send | Answer | Attach) -> bool:
        """Count a message; False if its sender was answered that there are too many."""
        wait = self._limits.take(peer, trio.current_time())
        if wait:
            retry_ms = round(wait * 1000)
            refused = error(
                ErrorCode.RATE_LIMITED, "too many messages", rid=frame.rid, retry_ms=retry_ms, ref=frame.ref
            )
            peer.send(refused)
        return not wait

    def _read(self, peer: Peer, frame: Read) -> None:
        if peer.online_visitor is not None and frame.conversation != peer.online_visitor.conversation:
            peer.send(error(ErrorCode.NOT_FOUND, "no such conversation"))
            return
        reader = peer.user or peer.visitor
        assert reader is not None
        command = translate.mark_read(
            frame,
            project=peer.project.id,
            reader_kind="visitor" if peer.user is None else "agent",
            reader=reader,
            name=peer.name,
            now=ids.now(),
        )
        self._ingress.mark(peer, command)

    def _typing(self, peer: Peer, frame: Typing) -> None:
        project = peer.project.id
        if peer.user is not None and frame.conversation is not None:
            conversation = ConversationId(frame.conversation)
            # Only a watched conversation: its visitor is known, and it belongs to this project.
            if (visitor := (peer.watching or {}).get(conversation)) is not None:
                typed = Typed(project, conversation, visitor, "agent", peer.user, peer.name, frame.on)
                self._signal_publisher.publish(typed)
        elif (
            peer.visitor is not None
            and peer.online_visitor is not None
            and peer.online_visitor.conversation is not None
            and not peer.quiet
        ):
            conversation, visitor = peer.online_visitor.conversation, peer.visitor
            name = visitor_name(peer.online_visitor.name, visitor)
            self._signal_publisher.publish(
                Typed(project, conversation, visitor, "visitor", visitor, name, frame.on)
            )

    def _filling(self, peer: Peer, frame: Filling) -> None:
        online = peer.online_visitor
        if peer.visitor is None or online is None or online.conversation != frame.conversation:
            return
        if peer.quiet:
            return
        conversation, name = ConversationId(frame.conversation), visitor_name(online.name, peer.visitor)
        typed = Typed(
            peer.project.id,
            conversation,
            peer.visitor,
            "visitor",
            peer.visitor,
            name,
            on=True,
            form=frame.request,
        )
        self._signal_publisher.publish(typed)

    def _identify(self, peer: Peer, frame: Identify) -> None:
        if (
            peer.visitor is None
            or peer.online_visitor is None
            or peer.online_visitor.conversation is None
            or not frame.facts
            or peer.project.require_verified
        ):
            return  # a visitor who never wrote has no row; the first message carries the facts
        command = translate.identify(frame, project=peer.project.id, visitor=peer.visitor, now=ids.now())
        self._ingress.identify(peer, command)

    def _choose_owner(self, peer: Peer, frame: ChooseOwner) -> None:
        if peer.visitor is None or peer.online_visitor is None or peer.withheld:
            return
        if frame.conversation != peer.online_visitor.conversation:
            peer.send(error(ErrorCode.NOT_FOUND, "no such conversation"))
            return
        command = translate.choose_owner(frame, project=peer.project.id, visitor=peer.visitor, now=ids.now())
        self._ingress.choose_owner(peer, command)

    def _page(self, peer: Peer, frame: Page) -> None:
        url = translate.clean_url(frame.url)
        if not url or peer.visitor is None or peer.online_visitor is None:
            return
        seen = PageSeen(peer.project.id, peer.visitor, url, frame.title, ids.now())
        self._signal_publisher.move(Moved(seen, peer.tab))
        if (
            peer.online_visitor.conversation is not None and not peer.quiet
        ):  # agents watch only visitors with a conversation
            self._signal_publisher.publish(seen)


def _fault(frame: Answer) -> str | None:
    """What makes it an answer to nothing that can be found."""
    if (frame.request is None) is (frame.template is None):
        return "either a request or a template"
    if frame.request is not None and frame.conversation is None:
        return "the conversation is missing"
    return None
