/** Turns an entry of the audit log into a sentence. Pure: the caller passes the names. */

import type { AuditEntry, Id } from "../../../rest/types";
import { isKey, settingsKeys, type Translate } from "../i18n";

const ACTION = "act.";
const MAX_TEXT = 300; // characters of a message in a sentence

/** Every action that has a text, as the log spells it; in the order of the texts and of the filter. */
export const ACTIONS = settingsKeys()
  .filter((key) => key.startsWith(ACTION))
  .map((key) => key.slice(ACTION.length));

export type Names = ReadonlyMap<Id, string>;

/** The log itself has the names of deleted users. */
export function learnt(names: Names, entries: readonly AuditEntry[]): Names {
  const all = new Map<Id, string>();
  for (const { actor, entity_id, changes } of entries) {
    if (actor.id !== null && actor.name !== "") all.set(actor.id, actor.name);
    const name = text(now(changes["full_name"]));
    if (entity_id !== null && name !== "") all.set(entity_id, name);
  }
  return new Map([...all, ...names]);
}

export function sentenceOf(entry: AuditEntry, names: Names, t: Translate): string {
  const who = actorName(entry, t);
  const act = actionName(entry.action, t);
  if (entry.result !== "ok") return refusal(entry, entry.result, who, act, t);
  const values = valuesOf(entry, names, t);
  if (entry.action === "project.changed") return t("did.project.changed", { who, what: whatChanged(entry, t) });
  if (entry.action === "conversation.assigned" && entry.changes["assignee_id"] === null)
    return t("did.conversation.unassigned", { who });
  const done = entry.action === "visitor.restricted" ? `visitor.${text(now(entry.changes["kind"]))}` : entry.action;
  const key = `did.${done}`;
  return isKey(key) ? t(key, { who, ...values }) : t("audit.did", { who, act });
}

function refusal(entry: AuditEntry, result: "denied" | "failed", who: string, act: string, t: Translate): string {
  const key = `reason.${text(entry.changes["reason"])}`;
  return isKey(key) ? t(`audit.${result}.why`, { who, act, why: t(key) }) : t(`audit.${result}`, { who, act });
}

export function actorName({ actor }: AuditEntry, t: Translate): string {
  if (actor.kind === "system") return t("audit.system");
  if (actor.kind === "nobody") return actor.name === "" ? t("audit.not_signed_in") : actor.name;
  if (actor.kind === "api_key") return t("audit.key", { name: actor.name });
  return actor.name === "" ? t("audit.unknown_person") : actor.name;
}

/** "change a member's role"; an action without a text is shown as the log spells it. */
export function actionName(action: string, t: Translate): string {
  const key = `act.${action}`;
  return isKey(key) ? t(key) : action.replace(/[._]/g, " ");
}

/** The label in the filter: without a sentence around it, each label must be unique. */
export function actionLabel(action: string, t: Translate): string {
  const key = `pick.${action}`;
  if (isKey(key)) return t(key);
  const name = actionName(action, t);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function valuesOf({ entity_id, changes }: AuditEntry, names: Names, t: Translate): Readonly<Record<string, string>> {
  const id = text(now(changes["assignee_id"])) || entity_id || "";
  const whom =
    text(now(changes["full_name"])) || names.get(id) || text(now(changes["email"])) || t("audit.unknown_person");
  return {
    ...texts(changes), // a text of an action may name any logged field
    whom,
    email: text(now(changes["email"])) || whom,
    name: text(now(changes["name"])) || t("audit.unnamed"),
    provider: text(now(changes["provider"])) || t("audit.provider"),
    role: roleName(now(changes["role"]), t),
    from: roleName(before(changes["role"]), t),
    to: roleName(now(changes["role"]), t),
    old: short(text(before(changes["text"]))),
    status: statusName(now(changes["status"]), t),
  };
}

function texts(changes: AuditEntry["changes"]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(changes).map(([field, value]) => {
      const shown = now(value);
      return [field, typeof shown === "number" ? String(shown) : text(shown)];
    }),
  );
}

/** The changed fields of a project, as text. */
function whatChanged({ changes }: AuditEntry, t: Translate): string {
  const found: string[] = [];
  if ("name" in changes) found.push(t("audit.changed.name", { name: text(now(changes["name"])) }));
  if ("domains" in changes) found.push(t("audit.changed.domains", { domains: list(now(changes["domains"])) }));
  if ("history_mode" in changes) found.push(t("audit.changed.history_mode"));
  if ("require_verified" in changes) found.push(t("audit.changed.require_verified"));
  if ("ask_consent" in changes) found.push(t("audit.changed.ask_consent"));
  if ("reopen_on_reply" in changes) found.push(t("audit.changed.reopen_on_reply"));
  if ("attachments" in changes) found.push(t("audit.changed.attachments"));
  return found.length === 0 ? t("audit.changed.settings") : found.join(", ");
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

/** The export has the whole text. */
function short(value: string): string {
  return value.length <= MAX_TEXT ? value : `${value.slice(0, MAX_TEXT)}…`;
}

function list(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(", ") : text(value);
}

function roleName(value: unknown, t: Translate): string {
  return value === "agent" || value === "manager" ? t(`role.${value}.one`) : t("audit.another");
}

function statusName(value: unknown, t: Translate): string {
  const key = `audit.status.${text(value)}`;
  return isKey(key) ? t(key) : text(value);
}
