"""Forms in a conversation: sending them to the visitor, and filling them as an agent."""

from typing import Final

from core import ids
from core.commands import CloseForm, FillForm, SendForm
from core.ids import ConversationId, MessageId, Ref
from core.model import Author
from server.api.chat.execute import carry_out, post
from server.api.chat.schemas import Message
from server.api.forms.schemas import FilledForm, SentForm
from server.api.http.calls import Access, Answer, MemberCall
from server.api.http.routes import Routes
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("forms", "Forms in a conversation: sending, cancelling and filling them.")
SENT: Final = "projects/{project}/conversations/{conversation}/forms"
FILLED: Final = "projects/{project}/conversations/{conversation}/form-answers"
SECONDS: Final = 1000  # ms


@routes.add(
    "POST",
    SENT,
    access=Access.AGENT,
    limit=OFTEN,
    status=201,
    also=(200,),
    problems=("conflict", "form_open", "form_disabled", "closed"),
    scope="messages:write",
    audit=AuditRule("form.sent", entity="conversation", fields=("template", "expires_in")),
)
async def send_form(call: MemberCall, conversation: ConversationId, body: SentForm) -> Answer[Message]:
    """Send a form to the visitor. The message has a snapshot of the template.

    201: sent now. 200: the same `ref` was stored before; the response is the first result. 404 also for a
    deleted template. 409 `form_open`: the conversation has an open form; `form_disabled`: the template is
    disabled; `closed`: the conversation has ended; `conflict`: the `ref` was used for another message.
    """
    expires_at = None if body.expires_in is None else call.now + body.expires_in * SECONDS
    return await post(
        call,
        SendForm(
            call.project,
            _author(call),
            Ref(body.ref.bytes),
            MessageId(ids.make(call.now)),
            conversation,
            body.template.bytes,
            expires_at,
            call.now,
        ),
    )


@routes.add(
    "DELETE",
    SENT + "/{message}",
    access=Access.AGENT,
    limit=SOMETIMES,
    status=204,
    problems=("form_answered", "form_expired"),
    scope="messages:write",
    audit=AuditRule("form.cancelled", entity="message"),
)
async def cancel_form(call: MemberCall, conversation: ConversationId, message: MessageId) -> None:
    """Cancel an open form: it takes no answer any more. Cancelling it again changes nothing.

    409 `form_answered` or `form_expired`: it is not open.
    """
    await carry_out(
        call,
        CloseForm(
            call.project,
            call.user.user,
            conversation,
            message,
            expired=False,
            at=call.now,
            user_name=call.user.full_name,
        ),
    )


@routes.add(
    "POST",
    FILLED,
    access=Access.AGENT,
    limit=OFTEN,
    status=201,
    also=(200,),
    problems=("conflict", "form_disabled", "closed"),
    scope="messages:write",
    audit=AuditRule("form_answer.created", entity="conversation", fields=("template",)),
)
async def fill_form(call: MemberCall, conversation: ConversationId, body: FilledForm) -> Answer[Message]:
    """Fill a form yourself, for example during a call. The visitor sees it.

    201: stored now. 200: the same `ref` was stored before; the response is the first result. 422: `errors`
    names each value that is not valid as `values.key`, with the code `required`, `too_long`, `not_a_number`,
    `not_a_date` or `not_an_option`. 404 also for a deleted template; 409 as for sending one.
    """
    return await post(
        call,
        FillForm(
            call.project,
            _author(call),
            Ref(body.ref.bytes),
            MessageId(ids.make(call.now)),
            conversation,
            body.template.bytes,
            body.values,
            call.now,
        ),
    )


def _author(call: MemberCall) -> Author:
    return Author("agent", call.user.user, call.user.full_name)
