/** The router: every route of the dashboard and its address, the current route, and navigation. Secrets from mailed
 *  links are in the fragment (#), so that no log has them; they are removed from the address bar at once and kept in
 *  the history entry, so that a reload still has them. */

import { useEffect, useReducer } from "preact/hooks";

import { type FilterKey, keyIn, searchOf } from "./state/filter";

type Id = string;

export type Route =
  | {
      readonly name: "inbox";
      readonly project: Id | null;
      readonly conversation: Id | null;
      readonly filter?: FilterKey; // none: the one in use
    }
  | { readonly name: "sign in"; readonly to: string } // the path to return to; "" is the inbox
  | { readonly name: "register" }
  | { readonly name: "check mail"; readonly email: string }
  | { readonly name: "forgot"; readonly email: string }
  | { readonly name: "verify" | "reset" | "invitation" | "email"; readonly token: string }
  // the provider's own return address
  | { readonly name: "provider return"; readonly query: string; readonly provider: string | null }
  | { readonly name: "account" | "admin"; readonly section: string }
  // `item`: what is open in the section: its id, or "new"
  | { readonly name: "project settings"; readonly project: Id; readonly section: string; readonly item?: string }
  | { readonly name: "new project" }
  | { readonly name: "try"; readonly project: Id } // a page with the chat of the project
  | { readonly name: "copilot"; readonly project: Id; readonly place: string } // a session, `drafts`, `preferences` …
  | { readonly name: "missing"; readonly path: string }; // an unknown address

export interface Address {
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
}

const INBOX = /^\/app\/p\/([0-9a-f-]{36})(?:\/c\/([0-9a-f-]{36}))?\/?$/;
const COPILOT = /^\/app\/p\/([0-9a-f-]{36})\/copilot(?:\/([a-z0-9/-]{1,60}?))?\/?$/;
const TRY = /^\/app\/p\/([0-9a-f-]{36})\/try\/?$/;
const SECTIONS = /^\/app\/(account|admin)(?:\/([a-z-]{1,30}))?\/?$/;
const PROJECT_SETTINGS =
  /^\/app\/projects\/([0-9a-f-]{36})\/settings(?:\/([a-z-]{1,30})(?:\/([0-9a-f-]{36}|new))?)?\/?$/;
const MAILED = /^\/app\/(verify|reset|invitation|email)\/?$/;
const PROVIDER_RETURN = /^\/app\/oidc\/return\/([a-z0-9_-]{1,30})\/?$/;
const PLAIN = /^\/app\/(sign-in|register|check-mail|forgot|oidc\/return|projects\/new)\/?$/;

/** `kept` is the state of the history entry. */
export function routeOf({ pathname, search, hash }: Address, kept: unknown = null): Route {
  const sections = SECTIONS.exec(pathname);
  if (sections !== null) return { name: sections[1] as "account" | "admin", section: sections[2] ?? "" };
  const settings = PROJECT_SETTINGS.exec(pathname);
  if (settings !== null) {
    const [, project = "", section = "", item] = settings;
    return { name: "project settings", project, section, ...(item === undefined ? {} : { item }) };
  }
  const copilot = COPILOT.exec(pathname);
  if (copilot !== null) return { name: "copilot", project: copilot[1] ?? "", place: copilot[2] ?? "" };
  const tried = TRY.exec(pathname);
  if (tried !== null) return { name: "try", project: tried[1] ?? "" };
  const mailed = MAILED.exec(pathname);
  if (mailed !== null) {
    return {
      name: mailed[1] as "verify" | "reset" | "invitation" | "email",
      token: hash.slice(1) || keptText(kept, "token"),
    };
  }
  const returned = PROVIDER_RETURN.exec(pathname);
  if (returned !== null) return { name: "provider return", query: search.slice(1), provider: returned[1] ?? null };
  switch (PLAIN.exec(pathname)?.[1]) {
    case "sign-in":
      return { name: "sign in", to: safePath(new URLSearchParams(search).get("to") ?? "") };
    case "register":
      return { name: "register" };
    case "check-mail":
      return { name: "check mail", email: keptText(kept, "email") };
    case "forgot":
      return { name: "forgot", email: keptText(kept, "email") };
    case "oidc/return":
      return { name: "provider return", query: search.slice(1), provider: null };
    case "projects/new":
      return { name: "new project" };
    default: {
      const inbox = INBOX.exec(pathname);
      if (inbox === null && !/^\/app\/?$/.test(pathname)) return { name: "missing", path: pathname };
      const place = { project: inbox?.[1] ?? null, conversation: inbox?.[2] ?? null };
      const filter = keyIn(search);
      return { name: "inbox", ...place, ...(filter === null ? {} : { filter }) };
    }
  }
}

/** The path of a route, without the secrets that only its history entry may hold. */
export function pathOf(route: Route): string {
  switch (route.name) {
    case "inbox": {
      if (route.project === null) return "/app";
      const search = searchOf(route.filter ?? "open");
      const conversation = route.conversation === null ? "" : `/c/${route.conversation}`;
      return `/app/p/${route.project}${conversation}${search === "" ? "" : `?${search}`}`;
    }
    case "sign in":
      return route.to === "" ? "/app/sign-in" : `/app/sign-in?to=${encodeURIComponent(route.to)}`;
    case "register":
    case "forgot":
    case "verify":
    case "reset":
    case "invitation":
    case "email":
      return `/app/${route.name}`;
    case "check mail":
      return "/app/check-mail";
    case "provider return":
      return route.provider === null ? "/app/oidc/return" : `/app/oidc/return/${route.provider}`;
    case "account":
    case "admin":
      return `/app/${route.name}${route.section === "" ? "" : `/${route.section}`}`;
    case "project settings": {
      const section = route.section === "" ? "" : `/${route.section}`;
      return `/app/projects/${route.project}/settings${section}${route.item === undefined ? "" : `/${route.item}`}`;
    }
    case "copilot":
      return `/app/p/${route.project}/copilot${route.place === "" ? "" : `/${route.place}`}`;
    case "new project":
      return "/app/projects/new";
    case "try":
      return `/app/p/${route.project}/try`;
    case "missing":
      return route.path;
    default:
      return never(route);
  }
}

/** Whether the route is open to users who are not signed in. */
export function isPublic({ name }: Route): boolean {
  return !["inbox", "copilot", "account", "admin", "project settings", "new project", "try", "missing"].includes(name);
}

/** A validated path of this dashboard to return to, or "" (no open redirect): the `to` parameter is untrusted input. */
export function safePath(wanted: string): string {
  if (!wanted.startsWith("/app")) return "";
  let url: URL;
  try {
    url = new URL(wanted, "https://here.invalid");
  } catch {
    return "";
  }
  if (url.origin !== "https://here.invalid" || !/^\/app(\/|$)/.test(url.pathname)) return "";
  const route = routeOf(url);
  if (isPublic(route)) return "";
  return route.name === "inbox" ? pathOf(route) : url.pathname;
}

// ---- the current route

let current: Route = { name: "inbox", project: null, conversation: null };
const listeners = new Set<() => void>();
let mayLeave: (to: Route) => boolean = () => true;

/** Reads the address, removes secrets from it, and listens to back and forward; call it once, before the first
 *  render. */
export function startRouter(): void {
  arrived();
  addEventListener("popstate", () => {
    // The browser has already moved: return to the current route until the user has decided.
    if (!mayLeave(routeOf(location, history.state))) return history.pushState(keptOf(current), "", pathOf(current));
    arrived();
    notify();
  });
}

/** Registers a navigation guard. A guard that returns false may navigate later itself. Returns an unsubscribe
 *  function. */
export function guardNavigation(guard: (to: Route) => boolean): () => void {
  mayLeave = guard;
  return () => {
    mayLeave = () => true;
  };
}

export function currentRoute(): Route {
  return current;
}

export function navigate(route: Route, how: "push" | "replace" = "push"): void {
  if (!mayLeave(route)) return;
  const kept = keptOf(route);
  if (how === "push") history.pushState(kept, "", pathOf(route));
  else history.replaceState(kept, "", pathOf(route));
  current = route;
  notify();
}

/** Calls `listener` after every change of route. Returns an unsubscribe function. */
export function onRouteChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useRoute(): Route {
  const [, rerender] = useReducer((count: number) => count + 1, 0);
  const shown = current;
  useEffect(() => {
    if (shown !== current) rerender(undefined); // a child navigated before this effect ran
    return onRouteChange(() => rerender(undefined));
  }, []);
  return shown;
}

function arrived(): void {
  current = routeOf(location, history.state);
  const clean = pathOf(current);
  const secret = current.name === "provider return" || (isPublic(current) && location.hash !== "");
  if (secret) history.replaceState(keptOf(current), "", clean);
}

function notify(): void {
  for (const listener of [...listeners]) listener();
}

function keptOf(route: Route): object | null {
  if ("token" in route) return { token: route.token };
  return "email" in route ? { email: route.email } : null;
}

function keptText(kept: unknown, field: "token" | "email"): string {
  const found = typeof kept === "object" && kept !== null ? (kept as Record<string, unknown>)[field] : "";
  return typeof found === "string" ? found : "";
}

function never(value: never): never {
  throw new Error(`not a route: ${JSON.stringify(value)}`);
}
