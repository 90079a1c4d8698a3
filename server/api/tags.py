"""What the OpenAPI document says of each group of routes."""

from typing import Final

TAGS: Final = {
    "admin": "Accounts, projects and status of the whole installation, for its administrators.",
    "api_keys": "Keys with which programs use the API of one project.",
    "audit": "The audit log of a project or of the installation: who did what, and when.",
    "auth": "Signing in and out, and renewing the access token.",
    "conversations": "The inbox: conversations, their status, assignment and read marks.",
    "email_change": "Changing the address of an account.",
    "health": "Whether this server lives and is ready.",
    "invitations": "Inviting people into a project, and accepting an invitation.",
    "leaving": "Deactivating and deleting one's own account.",
    "me": "One's own profile, picture, password, sign-ins and projects.",
    "members": "The people of a project and their roles.",
    "messages": "Reading and writing the messages of a conversation.",
    "oidc": "Signing in with OpenID Connect providers, and linking their identities to an account.",
    "openapi": "This document.",
    "pages": "Pages for browsers.",
    "projects": "Making, changing and deleting projects, and tickets for an agent's websocket.",
    "public": "What the widget asks for a visitor: settings, and the visitor's own history.",
    "registration": "Registering an account and confirming its address.",
    "reset": "Choosing a new password by mail.",
    "second_step": "Signing in with the second factor, or with a recovery code.",
    "two_factor": "Turning the second factor of an account on and off, and its recovery codes.",
    "visitors": "What is known of a visitor.",
}
