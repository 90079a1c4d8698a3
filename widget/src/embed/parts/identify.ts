/** The part for pages that call `Parley.identify`: converts the page's facts for the wire, and goes on as the visitor
 *  whom the site has vouched for. */

import { Facts as SentFacts } from "../../chat/facts";
import type { Store } from "../../chat/storage";
import type { Chat } from "../../chat/chat";
import { truncate } from "../../chat/truncate";
import type { Facts, HostApi, WidgetApi } from "../../host/api";
import type { IdentityProof, VerifiedVisitor } from "../../rest/types";
import { delay } from "../../wire/backoff";
import { LIMIT_META_KEY, LIMIT_META_KEYS, LIMIT_META_VALUE, type Meta } from "../../wire/frames";

const TIMEOUT = 10_000; // ms
const SIGNED = ["token", "external_id", "expires", "signature"];
const TEMPORARY = [408, 429, 500, 502, 503, 504];

/** The subset of the widget that is used here. */
export interface Identified {
  readonly host: HostApi;
  readonly chat: Chat;
  readonly prefix: string;
  readonly language: string;
  readonly destroyed: boolean;
  readonly isOpen: boolean;
  replaced(host: HostApi): WidgetApi;
}

let newest = 0; // a later call takes the place of one that still waits

/** Resolves when it is decided who the visitor is. */
export async function identify(widget: Identified, given: Facts, origin = new URL(import.meta.url).origin) {
  const facts = Object.fromEntries(Object.entries(given).filter(([name]) => !SIGNED.includes(name)));
  const proof = proofIn(given);
  if (proof) {
    const mine = ++newest;
    const url = `${origin}/api/v1/public/projects/${widget.host.project}/identity`;
    const proven = await proved(widget, url, { ...proof, language: truncate(widget.language, 35) });
    if (widget.destroyed || mine !== newest) return;
    if (proven && proven.visitor !== widget.chat.parts.memory.visitor) {
      const host = inTheNameOf(proven, widget);
      const next = widget.replaced(host);
      host.emit("unread", { count: 0 });
      host.ready(next);
      if (widget.isOpen) next.open();
      if (Object.keys(facts).length) next.identify(facts);
      return;
    }
    if (proven) widget.chat.parts.memory.keep(proven.key, proven.visitor);
  }
  if (proof && !Object.keys(facts).length) return;
  widget.chat.facts ??= new SentFacts(widget.chat);
  widget.chat.facts.value = cleanFacts(facts);
}

/** Strings, integers, booleans, and null, which removes a fact; other values of the page's object are ignored. */
export function cleanFacts(facts: Facts): Meta {
  const kept: Meta = {};
  for (const [name, fact] of Object.entries(facts).slice(0, LIMIT_META_KEYS)) {
    const text = typeof fact === "string" ? truncate(fact, LIMIT_META_VALUE) : fact;
    if (text !== null && typeof text !== "string" && typeof text !== "boolean" && !Number.isSafeInteger(text)) continue;
    kept[truncate(name, LIMIT_META_KEY)] = text as string | boolean | number | null;
  }
  return kept;
}

function proofIn({ token, external_id, expires, signature }: Facts): IdentityProof | null {
  if (token) return { token: String(token) };
  if (!signature) return null;
  return { external_id: String(external_id), expires: Number(expires), signature: String(signature) };
}

/** Asks until the server has answered; null: it refuses. */
async function proved(widget: Identified, url: string, proof: IdentityProof): Promise<VerifiedVisitor | null> {
  const { world } = widget.host;
  for (let attempt = 0; !widget.destroyed; attempt++) {
    const late = new AbortController();
    const cancel = world.after(TIMEOUT, () => late.abort());
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(proof),
        credentials: "omit",
        signal: late.signal,
      });
      if (response.ok) return (await response.json()) as VerifiedVisitor;
      if (!TEMPORARY.includes(response.status)) {
        const { detail } = (await response.json().catch(() => ({}))) as { detail?: string };
        console.error(`Parley.identify: ${detail ?? `HTTP ${response.status}`} The visitor stays anonymous.`);
        return null;
      }
    } catch {
      // No response: ask again, as after an error of the server.
    } finally {
      cancel();
    }
    await new Promise<void>((resume) => world.after(delay(attempt, world.random()), resume));
  }
  return null;
}

/** The host of a verified visitor: what it stores has names of its own, so that an anonymous page sees nothing of it,
 *  and the key is not stored at all: each page shows anew who its visitor is. */
function inTheNameOf({ visitor, key }: VerifiedVisitor, { host, prefix: from }: Identified): HostApi {
  const prefix = `parley:${host.project}:${visitor}:`;
  const held = new Map<string, string | null>([
    [`${prefix}key`, key],
    [`${prefix}visitor`, visitor],
  ]);
  if (from === `parley:${host.project}:`) takeAlong(host, from, prefix);
  return {
    ...host,
    prefix,
    startOnOpen: false,
    local: {
      ...host.local,
      read: (name) => held.get(name) ?? host.local.read(name),
      write: (name, value) => (held.has(name) ? held.set(name, value) : host.local.write(name, value)),
    },
  };
}

/** What the person has typed in this tab before the site knew them, and no server has seen, goes with them. */
function takeAlong({ local, session }: HostApi, from: string, to: string): void {
  const move = (store: Store, name: string) => {
    const text = store.read(from + name);
    if (text !== null && store.read(to + name) === null) {
      store.write(to + name, text);
      store.write(from + name, null);
    }
  };
  const tab = session.read(`${from}tab`);
  session.write(`${to}tab`, tab);
  move(session, "draft");
  for (const name of local.names(`${from}unsent:`)) {
    if (isUntried(local.read(name), tab)) move(local, name.slice(from.length));
  }
}

function isUntried(entry: string | null, tab: string | null): boolean {
  try {
    const { tab: writer, tried } = JSON.parse(entry ?? "{}") as { tab?: string; tried?: number };
    return writer === tab && tried === 0;
  } catch {
    return false;
  }
}
