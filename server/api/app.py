"""The HTTP API: REST, pages and health as an ASGI app on Quart-Trio, behind the door."""

import logging
from functools import cache
from pathlib import Path
from typing import Final

from quart import Response
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from server.api import compression, openapi
from server.api.accounts import close_account, email_change, password_reset, profile, registration
from server.api.admin import audit_log, health, installation
from server.api.appearance import logos
from server.api.appearance import routes as appearance
from server.api.assistant import conversations as conversation_assistant
from server.api.assistant import settings as assistant
from server.api.assistant import testing, turns, workflows
from server.api.assistant.own_provider import routes as own_provider
from server.api.assistant.replay import routes as replay
from server.api.attachments import agents as attachments
from server.api.attachments import files as attachment_files
from server.api.attachments import visitors as visitors_attachments
from server.api.canned_responses import routes as canned_responses
from server.api.canned_responses import transfer
from server.api.chat import bulk, conversations, messages, restrictions, visitors, widget
from server.api.copilot import drafts as social_drafts
from server.api.copilot import preferences as copilot_preferences
from server.api.copilot import sessions as copilot_sessions
from server.api.forms import answers as form_answers
from server.api.forms import corrections as form_corrections
from server.api.forms import requests as form_requests
from server.api.forms import templates as form_templates
from server.api.help import pages as help_pages
from server.api.help import routes as public_articles
from server.api.http import problems, request_ids
from server.api.http.asgi_connection import Exchange, Request
from server.api.http.request_ids import RequestIds
from server.api.http.routes import Routes
from server.api.knowledge import articles, gaps
from server.api.knowledge import imports as article_imports
from server.api.knowledge import settings as knowledge_settings
from server.api.knowledge import versions as article_versions
from server.api.notes import mentions, visitor_notes
from server.api.notifications import attention
from server.api.notifications import routes as notifications
from server.api.pages import installed, pages, problem_page
from server.api.projects import address_blocks, api_keys, invitations, members, projects, sites
from server.api.saved_views import routes as saved_views
from server.api.screenshots import routes as screenshots
from server.api.search import routes as search
from server.api.services import assets
from server.api.services.assets import DIST, Asset
from server.api.services.services import Services
from server.api.serving import mount
from server.api.sign_in import oidc, password, second_step, two_factor
from server.api.verified_identity import secrets as identity_secrets
from server.api.verified_identity import visitors as verified_visitors
from server.api.webhooks import deliveries as webhook_deliveries
from server.api.webhooks import routes as webhooks
from server.context import Context

BODY: Final = 64 * 1024  # bytes
BODY_TIMEOUT: Final = 10  # seconds
RESPONSE_TIMEOUT: Final = 30  # seconds

RESOURCES: Final[tuple[Routes, ...]] = (
    password.routes,
    registration.routes,
    password_reset.routes,
    email_change.routes,
    close_account.routes,
    profile.routes,
    two_factor.routes,
    second_step.routes,
    oidc.routes,
    installation.routes,
    projects.routes,
    members.routes,
    invitations.routes,
    api_keys.routes,
    address_blocks.routes,
    sites.routes,
    appearance.routes,
    logos.routes,
    canned_responses.routes,
    transfer.routes,
    articles.routes,
    article_imports.routes,
    article_versions.routes,
    knowledge_settings.routes,
    gaps.routes,
    identity_secrets.routes,
    verified_visitors.routes,
    webhooks.routes,
    webhook_deliveries.routes,
    conversations.routes,
    bulk.routes,
    saved_views.routes,
    notifications.routes,
    search.routes,
    attention.routes,
    copilot_sessions.routes,
    social_drafts.routes,
    copilot_preferences.routes,
    messages.routes,
    form_templates.routes,
    form_requests.routes,
    form_corrections.routes,
    form_answers.routes,
    attachments.routes,
    visitors.routes,
    restrictions.routes,
    screenshots.routes,
    visitor_notes.routes,
    mentions.routes,
    assistant.routes,
    own_provider.routes,
    workflows.routes,
    testing.routes,
    replay.routes,
    turns.routes,
    conversation_assistant.routes,
    widget.routes,
    visitors_attachments.routes,
    public_articles.routes,
    audit_log.routes,
    openapi.routes,
    health.routes,
    attachment_files.routes,
    help_pages.routes,
    installed.routes,
    pages.routes,
)

PERMISSIONS: Final = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
NO_PAGE_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY: Final = "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

_CODES: Final = {400: "bad_request", 404: "not_found", 405: "method", 413: "too_large", 415: "media_type"}


def create(context: Context, *, dist: Path = DIST, resources: tuple[Routes, ...] = RESOURCES) -> QuartTrio:
    """The app of one process; `dist` holds the front end's build.

    It needs no ASGI lifespan: the resources in `context` are open already.
    """
    app = QuartTrio("parley", static_folder=None, template_folder=None)
    app.asgi_http_class = Exchange
    app.request_class = Request
    app.config["MAX_CONTENT_LENGTH"] = BODY
    app.config["BODY_TIMEOUT"] = BODY_TIMEOUT
    app.config["RESPONSE_TIMEOUT"] = RESPONSE_TIMEOUT
    app.config["PROPAGATE_EXCEPTIONS"] = False
    services = Services(context, dist=dist, document=_document(resources, secure=context.settings.secure))
    app.url_map = mount.url_map(resources)
    app.view_functions.update(mount.view_functions(resources, services))
    app.before_request(mount.Bodies(resources).begin)
    app.before_request(RequestIds(services.proxies).begin)
    app.after_request(request_ids.end)
    app.register_error_handler(HTTPException, _refused_by_quart)
    app.register_error_handler(Exception, _failed)
    app.after_request(mount.cors)
    # The last one runs first.
    app.after_request(compression.compress)
    app.after_request(_Guard(secure=services.secure).protect)
    app.after_request(problem_page.for_people)
    return app


@cache
def _document(resources: tuple[Routes, ...], *, secure: bool) -> Asset:
    return assets.made(openapi.document(resources, secure=secure), "application/json")


async def _refused_by_quart(error: HTTPException) -> Response:
    code = _CODES.get(error.code or 500)
    if code is None:
        code = "bad_request" if 400 <= (error.code or 500) < 500 else "internal"
    made = problems.response(code)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        made.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return made


async def _failed(error: Exception) -> Response:
    """The top of every request: an error ends only this request, and its caller gets no details."""
    counters[Metric.REQUESTS_FAILED] += 1
    log(Log.REQUEST_FAILED, level=logging.ERROR, error=error)
    return problems.response("internal")


class _Guard:
    """Sets security headers on every answer, unless its route has set them."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure

    async def protect(self, response: Response) -> Response:
        headers = response.headers
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        policy = NO_PAGE_POLICY
        if response.mimetype == "text/html":
            policy = PAGE_POLICY
            headers.setdefault("Permissions-Policy", PERMISSIONS)
            headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Content-Security-Policy", policy)
        if self._secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return response
