/** An entry of the audit log as a sentence; pure: names come with the caller. */

import type { AuditEntry } from "../../desk/audit_api";
import type { Id } from "../../state/model";
import { isKey, type Tell } from "../words";

/** Every action that has words, as the log spells it; in the order of the filter. */
export const ACTIONS = [
  "session.started",
  "session.code_asked",
  "session.refused",
  "session.ended",
  "session.reused",
  "password.changed",
  "password.reset",
  "email.change_asked",
  "email.change_cancelled",
  "email.changed",
  "two_factor.offered",
  "two_factor.enabled",
  "two_factor.disabled",
  "two_factor.codes_renewed",
  "two_factor.code_used",
  "two_factor.ending",
  "two_factor.kept",
  "two_factor.ended",
  "identity.link_asked",
  "identity.linked",
  "identity.unlinked",
  "user.registered",
  "user.verified",
  "user.suspended",
  "user.reactivated",
  "user.deactivated",
  "user.deleted",
  "user.changed",
  "user.avatar_changed",
  "user.avatar_removed",
  "project.created",
  "project.changed",
  "project.deleted",
  "member.role_changed",
  "member.removed",
  "member.left",
  "invitation.sent",
  "invitation.revoked",
  "invitation.accepted",
  "api_key.created",
  "api_key.revoked",
  "conversation.status_changed",
  "conversation.assigned",
  "mail.tried",
] as const;

export type Names = ReadonlyMap<Id, string>;

/** Names of people who are gone: the log itself says what they were called. */
export function learnt(names: Names, entries: readonly AuditEntry[]): Names {
  const all = new Map<Id, string>();
  for (const { actor, entity_id, changes } of entries) {
    if (actor.id !== null && actor.name !== "") all.set(actor.id, actor.name);
    const name = text(now(changes["full_name"]));
    if (entity_id !== null && name !== "") all.set(entity_id, name);
  }
  return new Map([...all, ...names]);
}

export function sentenceOf(entry: AuditEntry, names: Names, say: Tell): string {
  const who = actorName(entry, say);
  const act = actionName(entry.action, say);
  if (entry.result !== "ok") return refusal(entry, entry.result, who, act, say);
  const values = valuesOf(entry, names, say);
  if (entry.action === "project.changed") return say("did.project.changed", { who, what: whatChanged(entry, say) });
  if (entry.action === "conversation.assigned" && entry.changes["assignee_id"] === null)
    return say("did.conversation.unassigned", { who });
  const key = `did.${entry.action}`;
  return isKey(key) ? say(key, { who, ...values }) : say("audit.did", { who, act });
}

function refusal(entry: AuditEntry, result: "denied" | "failed", who: string, act: string, say: Tell): string {
  const key = `reason.${text(entry.changes["reason"])}`;
  return isKey(key) ? say(`audit.${result}.why`, { who, act, why: say(key) }) : say(`audit.${result}`, { who, act });
}

export function actorName({ actor }: AuditEntry, say: Tell): string {
  if (actor.kind === "system") return say("audit.system");
  if (actor.kind === "nobody") return actor.name === "" ? say("audit.nobody") : actor.name;
  if (actor.kind === "api_key") return say("audit.key", { name: actor.name });
  return actor.name === "" ? say("audit.somebody") : actor.name;
}

/** "change a member's role"; an action without words of ours reads as the log spells it. */
export function actionName(action: string, say: Tell): string {
  const key = `act.${action}`;
  return isKey(key) ? say(key) : action.replace(/[._]/g, " ");
}

/** As the filter lists it: there, where no sentence stands around it, no two may read the same. */
export function actionLabel(action: string, say: Tell): string {
  const key = `pick.${action}`;
  if (isKey(key)) return say(key);
  const name = actionName(action, say);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function valuesOf({ entity_id, changes }: AuditEntry, names: Names, say: Tell): Readonly<Record<string, string>> {
  const id = text(now(changes["assignee_id"])) || entity_id || "";
  const whom = text(now(changes["full_name"])) || names.get(id) || text(now(changes["email"])) || say("audit.somebody");
  return {
    whom,
    email: text(now(changes["email"])) || whom,
    name: text(now(changes["name"])) || say("audit.unnamed"),
    provider: text(now(changes["provider"])) || say("audit.provider"),
    role: roleName(now(changes["role"]), say),
    from: roleName(before(changes["role"]), say),
    to: roleName(now(changes["role"]), say),
    status: statusName(now(changes["status"]), say),
  };
}

/** The fields of a project that were changed, in words. */
function whatChanged({ changes }: AuditEntry, say: Tell): string {
  const found: string[] = [];
  if ("name" in changes) found.push(say("audit.changed.name", { name: text(now(changes["name"])) }));
  if ("domains" in changes) found.push(say("audit.changed.domains", { domains: list(now(changes["domains"])) }));
  if ("history_mode" in changes) found.push(say("audit.changed.history_mode"));
  return found.length === 0 ? say("audit.changed.settings") : found.join(", ");
}

interface Change {
  readonly from?: unknown;
  readonly to?: unknown;
}

function now(value: unknown): unknown {
  return isChange(value) ? value.to : value;
}

function before(value: unknown): unknown {
  return isChange(value) ? value.from : undefined;
}

function isChange(value: unknown): value is Change {
  return typeof value === "object" && value !== null && ("to" in value || "from" in value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function list(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(", ") : text(value);
}

function roleName(value: unknown, say: Tell): string {
  return value === "agent" || value === "manager" ? say(`role.${value}.one`) : say("audit.another");
}

function statusName(value: unknown, say: Tell): string {
  const key = `audit.status.${text(value)}`;
  return isKey(key) ? say(key) : text(value);
}
