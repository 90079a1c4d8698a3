"""Converts rows of projects and members to JSON schemas."""

from core import model
from core.db.projects.members import Member
from server.api.http.fields import uid
from server.api.projects import schemas


def my_project(membership: model.Membership) -> schemas.MyProject:
    return schemas.MyProject(id=uid(membership.project), name=membership.project_name, role=membership.role)


def project(found: model.Project, *, role: model.Role) -> schemas.Project:
    return schemas.Project(
        id=uid(found.id),
        name=found.name,
        domains=list(found.domains),
        history_mode=found.history_mode,
        reopen_on_reply=found.reopen_on_reply,
        version=found.version,
        role=role,
        require_verified=found.require_verified,
        ask_consent=found.ask_consent,
        attachments=found.attachments,
    )


def member(found: Member) -> schemas.Member:
    return schemas.Member(
        user_id=uid(found.user),
        full_name=found.full_name,
        email=found.email,
        role=found.role,
        joined_at=found.joined_at,
    )
