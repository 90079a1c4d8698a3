"""Descriptions of the groups of routes in the OpenAPI document."""

from typing import Final

TAGS: Final = {
    "admin": "Accounts, projects and status of the whole installation, for its administrators.",
    "api_keys": "API keys, with which programs use the API of one project.",
    "audit": "The audit log of a project or of the installation: who did what, and when.",
    "auth": "Signing in and out, and renewing the access token.",
    "conversations": "The inbox: conversations, their status, assignment and read marks.",
    "email_change": "Changing the e-mail address of an account.",
    "health": "Whether this server is alive and ready.",
    "invitations": "Inviting people into a project, and accepting an invitation.",
    "leaving": "Deactivating and deleting your own account.",
    "me": "Your own profile, picture, password and sessions.",
    "members": "The members of a project and their roles.",
    "messages": "Reading and writing the messages of a conversation.",
    "oidc": "Signing in with OpenID Connect providers, and linking their identities to an account.",
    "openapi": "This document.",
    "pages": "Pages for browsers.",
    "projects": "Creating, changing and deleting projects, and tickets for an agent's websocket.",
    "public": "For the widget: its settings, and the visitor's own history.",
    "registration": "Registering an account and confirming its e-mail address.",
    "reset": "Resetting a forgotten password by mail.",
    "second_step": "Signing in with the second factor, or with a recovery code.",
    "two_factor": "Turning the second factor of an account on and off, and its recovery codes.",
    "visitors": "What is known about a visitor.",
}
