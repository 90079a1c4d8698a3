"""Hop 2: `hello`: authenticates a connection, resumes it (replays missed events); `welcome`, or a close."""

from typing import Final, NamedTuple

import trio

from core import ids
from core.bus import resume_log
from core.bus.connection import UNAVAILABLE, Redis
from core.bus.identity import tickets
from core.bus.pages import TAB_BYTES
from core.bus.presence import Arrival, Arrived
from core.bus.resume_log import Have
from core.bus.visits import OpenedPage
from core.config.settings import Settings
from core.identity import tokens, visitor_keys
from core.ids import ConversationId, ProjectId, UserId, VisitorId
from protocol import limits
from protocol.codes import CloseCode, ErrorCode
from protocol.from_client import Greeting, Hello
from protocol.from_server import Bounds, Greeted, ServerFrame, Welcome, error
from protocol.session import Role
from server.gateway import translate
from server.gateway.deliveries import Deliveries
from server.gateway.hub import Hub, Peer
from server.gateway.mailbox import Mailbox
from server.gateway.membership import Membership
from server.gateway.networks import Networks
from server.gateway.presence_reporter import PresenceReporter
from server.gateway.restrictions import Restrictions
from server.gateway.subscription import RoomSubscription

RETRY_MS: Final = 2_000
DEADLINE: Final = 8.0  # seconds; less than the session's timeout for a welcome


class HelloRefused(Exception):
    """The hello is refused: `code` for the error frame, `close` for the socket, `retry` in seconds."""

    def __init__(self, code: ErrorCode, close: CloseCode, reason: str, *, retry: float = 0.0) -> None:
        super().__init__(reason)
        self.code = code
        self.close = close
        self.reason = reason
        self.retry = retry


class Missed(NamedTuple):
    """The frames that a resuming client is sent after its welcome; `recovered` if they are all it missed."""

    recovered: bool
    frames: list[ServerFrame]


class HelloFlow:
    """Handles the hello of every connection of the process."""

    def __init__(
        self,
        settings: Settings,
        redis: Redis,
        hub: Hub,
        *,
        subscription: RoomSubscription,
        presence: PresenceReporter,
        membership: Membership,
        networks: Networks,
        restrictions: Restrictions,
        deliveries: Deliveries,
    ) -> None:
        self._settings = settings
        self._redis = redis
        self._hub = hub
        self._subscription = subscription
        self._presence = presence
        self._membership = membership
        self._networks = networks
        self._restrictions = restrictions
        self._deliveries = deliveries

    async def greet(self, peer: Peer, hello: Hello) -> None:
        """Welcome the peer, or close it. Never raises for errors of the peer, of Redis or of Postgres."""
        try:
            with trio.fail_after(DEADLINE):
                if hello.greeting.project != peer.project.id:
                    raise HelloRefused(
                        ErrorCode.NOT_FOUND,
                        CloseCode.BAD_CREDENTIAL,
                        "the project differs from the one in the address",
                    )
                if hello.greeting.jwt is not None:
                    await self._greet_agent(peer, hello.rid, hello.greeting)
                else:
                    await self._greet_visitor(peer, hello.rid, hello.greeting)
            peer.greeted = True
            peer.release()
        except HelloRefused as refused:
            retry_ms = round(refused.retry * 1000)
            peer.send(error(refused.code, refused.reason, rid=hello.rid, retry_ms=retry_ms), last=True)
            peer.close(refused.close, refused.reason)
        except (*UNAVAILABLE, trio.TooSlowError):
            peer.send(error(ErrorCode.BUSY, "try later", rid=hello.rid, retry_ms=RETRY_MS), last=True)
            peer.close(CloseCode.INTERNAL, "not ready")

    async def _greet_visitor(self, peer: Peer, rid: int, greeting: Greeting) -> None:
        project, now, secret = peer.project, ids.now(), self._settings.secret_key
        visitor, key = VisitorId(ids.make(now)), None
        if greeting.key is None:
            self._require_share(peer)
        else:
            visitor = self._read_key(greeting.key, project.id, now)
        if greeting.key is None or visitor_keys.stale(secret, greeting.key, project.id, now):
            key = visitor_keys.sign_visitor_key(secret, project.id, visitor, now)
        peer.language, peer.tab = greeting.lang, greeting.tab[:TAB_BYTES]
        peer.held = Mailbox(b"")  # from here on events may arrive; they are sent after the missed ones
        online_visitor = self._hub.enter_visitor(peer, visitor)
        await self._subscription.join(project.id)
        await self._restrictions.judge(peer)
        arrived = await self._presence.arrive(
            Arrival(project.id, visitor, peer.id, now, _opened(peer, greeting), peer.tab), quiet=peer.quiet
        )
        if greeting.key is None or arrived.conversation is None or not self._is_known(peer, visitor):
            self._require_share(peer)
        online_visitor.conversation = arrived.conversation or online_visitor.conversation
        online_visitor.name = online_visitor.name or arrived.visitor_name
        missed = await self._missed_by_visitor(greeting, project.id, arrived)
        if not peer.become(Role.VISITOR, trio.current_time()):
            return
        self._welcome(
            peer,
            rid,
            missed,
            agents_online=arrived.agents_online,
            visitor=visitor,
            key=key,
            conversation=arrived.conversation,
            last_seq=arrived.last_seq,
            agent_read_seq=arrived.agent_read_seq,
        )
        self._deliver(peer, arrived, behind=bool(missed.frames) or not missed.recovered or not greeting.have)

    async def _greet_agent(self, peer: Peer, rid: int, greeting: Greeting) -> None:
        if not peer.own_page:
            raise HelloRefused(
                ErrorCode.FORBIDDEN, CloseCode.ORIGIN, "agents connect from this server's pages"
            )
        project = peer.project.id
        ticket = await self._use_ticket(greeting.jwt or "", project)
        peer.name, peer.sign_in, peer.project_role = ticket.name, ticket.session, ticket.role
        peer.held = Mailbox(b"")
        self._hub.enter_agent(peer, ticket.user)
        await self._subscription.join(project)
        # Needed because the ticket was signed up to a minute ago. Only after joining: the end of a sign-in
        # after this query is signalled to the room.
        if not await self._membership.holds(peer):
            raise HelloRefused(ErrorCode.UNAUTHENTICATED, CloseCode.LOGGED_OUT, "no longer a member")
        if not self._is_known(peer, ticket.user):
            self._require_share(peer)
        online = await self._presence.agent_arrives(peer)
        have = [Have(ConversationId(talk), seq, change) for talk, seq, change in greeting.positions()]
        missed = await resume_log.since(self._redis, project, have)
        frames = [
            frame
            for one in missed
            for event in one.events
            for frame in translate.replayed(event, for_visitor=False)
        ]
        if not peer.become(Role.AGENT, trio.current_time()):
            return
        self._welcome(peer, rid, Missed(all(one.whole for one in missed), frames), agents_online=online)

    def _deliver(self, peer: Peer, arrived: Arrived, *, behind: bool) -> None:
        """What a visitor missed who was behind was just sent, or the client fetches the history."""
        if behind and peer.visitor is not None and arrived.conversation is not None and arrived.last_seq > 0:
            self._deliveries.add(peer.project.id, arrived.conversation, peer.visitor, arrived.last_seq)

    def _read_key(self, key: str, project: ProjectId, now: int) -> VisitorId:
        try:
            return visitor_keys.read_visitor_key(self._settings.secret_key, key, project, now)
        except visitor_keys.InvalidKey as invalid:
            raise HelloRefused(ErrorCode.UNAUTHENTICATED, CloseCode.BAD_CREDENTIAL, str(invalid)) from None

    async def _use_ticket(self, jwt: str, project: ProjectId) -> tokens.Ticket:
        unauthenticated = ErrorCode.UNAUTHENTICATED
        try:
            ticket = tokens.read_ticket(self._settings.secret_key, jwt, project=project, now=ids.now())
        except tokens.ExpiredToken:
            code = CloseCode.CREDENTIAL_EXPIRED
            raise HelloRefused(ErrorCode.EXPIRED, code, "the ticket has expired") from None
        except tokens.InvalidToken:
            raise HelloRefused(unauthenticated, CloseCode.BAD_CREDENTIAL, "the ticket is not valid") from None
        if not await tickets.use(self._redis, ticket.jti):
            code = CloseCode.CREDENTIAL_EXPIRED
            raise HelloRefused(unauthenticated, code, "the ticket was used before")
        return ticket

    def _is_known(self, peer: Peer, who: UserId | VisitorId) -> bool:
        """Refund the handshake of an agent, or of a visitor who has written, to its network."""
        return self._networks.known(peer.network, who, trio.current_time(), admitted=peer.admitted)

    def _require_share(self, peer: Peer) -> None:
        """Raises HelloRefused if the network of an unknown client has used up its share."""
        if not peer.admitted:
            raise HelloRefused(
                ErrorCode.RATE_LIMITED,
                CloseCode.RATE_LIMIT,
                "too many connections from your network",
                retry=self._networks.wait(peer.network, trio.current_time()),
            )

    async def _missed_by_visitor(
        self, greeting: Greeting, project: ids.ProjectId, arrived: Arrived
    ) -> Missed:
        """Events of the visitor's own conversation only, whatever the client asks for."""
        if not greeting.have:
            return Missed(recovered=True, frames=[])
        (talk, seq, change), *more = greeting.positions()
        if more or talk != arrived.conversation:
            return Missed(recovered=False, frames=[])
        if seq == arrived.last_seq > 0 and change in {None, arrived.last_change}:
            return Missed(recovered=True, frames=[])
        have = Have(ConversationId(talk), seq, change)
        (missed,) = await resume_log.since(self._redis, project, [have])
        frames = [frame for event in missed.events for frame in translate.replayed(event, for_visitor=True)]
        return Missed(missed.whole, frames)

    def _welcome(
        self,
        peer: Peer,
        rid: int,
        missed: Missed,
        *,
        agents_online: int,
        visitor: VisitorId | None = None,
        key: str | None = None,
        conversation: ConversationId | None = None,
        last_seq: int = 0,
        agent_read_seq: int = 0,
    ) -> None:
        greeted = Greeted(
            session=peer.id,
            heartbeat_ms=round(limits.HEARTBEAT * 1000),
            limits=Bounds(
                frame=peer.session.frame_limit, messages_per_minute=self._settings.messages_per_minute
            ),
            now=ids.now(),
            recovered=missed.recovered,
            agents_online=agents_online,
            config_version=peer.project.version,
            visitor=visitor,
            key=key,
            conversation=conversation,
            last_seq=last_seq,
            agent_read_seq=agent_read_seq,
            facts=visitor is not None and not peer.project.require_verified,
        )
        peer.send(Welcome(rid, greeted), last=True)
        for frame in missed.frames:
            peer.send(frame, last=True)


def _opened(peer: Peer, greeting: Greeting) -> OpenedPage:
    page = greeting.page
    return OpenedPage(
        url=translate.clean_url(page.url) if page else "",
        title=page.title if page else "",
        referrer=translate.clean_url(page.referrer) if page else "",
        language=greeting.lang,
        browser=peer.browser,
    )
