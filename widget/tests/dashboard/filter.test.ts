/** Filters of the inbox: one key each, which survives an address, and the rows that fit. */

import { describe, expect, it } from "vitest";

import {
  type Filter,
  filterOf,
  isView,
  keyIn,
  keyOf,
  queryOf,
  searchOf,
  viewOf,
  VIEWS,
} from "../../src/dashboard/state/filter";
import { horizonOf } from "../../src/dashboard/state/model";
import { belongs, listed } from "../../src/dashboard/state/select";
import type { Action } from "../../src/dashboard/state/actions";
import type { Conversation } from "../../src/dashboard/state/model";
import { after, atWork, ME, message, row } from "./factories";

const JONAS = "0192f0a0-0000-7000-8000-000000000003";

function listIn(view: string, ...items: readonly Conversation[]): Action {
  return { type: "list", view, items, cursor: null, fresh: true, tick: 0 };
}

const MINE_UNREAD: Filter = { ...filterOf("mine"), unread: true };

describe("a filter", () => {
  it("has the name of its view, or else one key for equal filters", () => {
    for (const view of VIEWS) if (view !== "muted") expect(keyOf(filterOf(view))).toBe(view);
    expect(viewOf("muted")).toBe("muted");
    expect(keyOf({ status: "open" })).toBe("open");
    expect(keyOf({ assignee: "me", status: "unsolved" })).toBe("mine");
    const key = keyOf({ has_note: true, unread: true, status: "solved" });
    expect(key).toBe("status=solved&unread=true&has_note=true");
    expect(keyOf(filterOf(key))).toBe(key);
    expect(isView(key)).toBe(false);
  });

  it("comes back from its address", () => {
    for (const key of [...VIEWS, keyOf(MINE_UNREAD), keyOf({ assignee: JONAS, has_form: true })]) {
      const search = searchOf(key);
      expect(keyIn(search)).toBe(key === "open" ? null : key);
    }
    expect(searchOf("open")).toBe("");
    expect(searchOf("pending")).toBe("view=pending");
  });

  it("is read from an address as far as it is known", () => {
    expect(keyIn("view=nowhere&status=closed&assignee=x&unread=yes&color=red")).toBeNull();
    expect(keyIn("status=solved&assignee=<b>&has_form=true")).toBe("status=solved&has_form=true");
    expect(keyIn("unread=true&status=open")).toBe("status=open&unread=true");
  });

  it("belongs to a view by its status and assignee, whatever else it asks for", () => {
    expect(viewOf(keyOf(MINE_UNREAD))).toBe("mine");
    expect(viewOf(keyOf({ status: "solved", has_note: true }))).toBe("solved");
    expect(viewOf(keyOf({ status: "solved", assignee: "me" }))).toBeNull();
  });

  it("is asked for as REST names it; servers of 0.2.0 know the query of each view", () => {
    expect(VIEWS.map(queryOf)).toEqual([
      "status=open",
      "assignee=me",
      "status=open&assignee=none",
      "status=pending",
      "status=solved",
      "status=spam",
      "",
      "muted=true",
    ]);
    expect(queryOf(keyOf(MINE_UNREAD))).toBe("status=unsolved&assignee=me&unread=true");
  });

  it("keeps the rows that meet all of its conditions", () => {
    const mai = { id: ME, full_name: "Mai" };
    const one = row("a", { assignee: mai, has_form: true, unread: 2 });
    const fits = (part: Partial<Filter>) => belongs(keyOf({ ...filterOf("all"), ...part }), one, ME);
    expect([fits({}), fits({ status: "unsolved" }), fits({ status: "solved" })]).toEqual([true, true, false]);
    expect([fits({ assignee: "me" }), fits({ assignee: "someone" }), fits({ assignee: "someone" })]).toEqual([
      true,
      true,
      true,
    ]);
    expect([fits({ assignee: "none" }), fits({ assignee: JONAS })]).toEqual([false, false]);
    expect([fits({ has_form: true }), fits({ has_note: true }), fits({ unread: true })]).toEqual([true, false, true]);
  });
});

describe("the list of a filter", () => {
  const unread = keyOf({ ...filterOf("open"), unread: true });

  it("is fetched when it is first shown, and again only after a resync", () => {
    const state = atWork(row("a"), row("b", { unread: 0 }));
    const shown = after(state, { type: "view", view: unread });
    expect(shown.effects).toContainEqual({ type: "fetch list", fresh: true });
    const loaded = after(shown.state, listIn(unread, row("a"))).state;
    expect(horizonOf(loaded).loaded).toBe(true);
    expect(after(after(loaded, { type: "view", view: "open" }).state, { type: "view", view: unread }).effects).toEqual(
      [],
    );
  });

  it("keeps the open conversation when it has been read, until another is opened", () => {
    const state = after(
      atWork(row("a"), row("b")),
      { type: "view", view: unread },
      listIn(unread, row("a"), row("b")),
      { type: "open", conversation: "a" },
      { type: "mark read", conversation: "a", seq: 9 },
    ).state;
    expect(listed(state).map(({ id }) => id)).toEqual(["b", "a"]);
    expect(listed(after(state, { type: "open", conversation: "b" }).state).map(({ id }) => id)).toEqual(["b"]);
  });

  it("takes a conversation in when a form is sent", () => {
    const forms = keyOf({ has_form: true });
    const state = after(atWork(row("c")), { type: "view", view: forms }, listIn(forms)).state;
    expect(listed(state)).toEqual([]);
    const post = message(2, { kind: "form_request" });
    const next = after(state, { type: "message", conversation: "c", message: post }).state;
    expect(listed(next).map(({ id }) => id)).toEqual(["c"]);
  });

  it("is fetched again when notes change, if it depends on them", () => {
    const touched = { type: "touched", resource: "visitor_notes", id: "v" } as const;
    const notes = after(atWork(row("c")), { type: "view", view: keyOf({ has_note: true }) }).state;
    expect(after(notes, touched).effects).toContainEqual({ type: "fetch list", fresh: true });
    expect(after(atWork(row("c")), touched).effects).toEqual([]);
  });
});

describe("a deleted conversation", () => {
  it("is fetched when it is touched, and leaves the list, the thread and the selection when it is not found", () => {
    const state = after(
      atWork(row("a"), row("c")),
      { type: "open", conversation: "c" },
      { type: "select", ids: ["a", "c"], on: true, cursor: "c" },
    ).state;
    const touched = after(state, { type: "touched", resource: "conversations", id: "c" });
    expect(touched.effects).toContainEqual({ type: "fetch conversation", conversation: "c" });
    expect(after(state, { type: "touched", resource: "conversations", id: "unknown" }).effects).toEqual([]);
    const gone = after(touched.state, { type: "conversation missing", conversation: "c" }).state;
    expect(listed(gone).map(({ id }) => id)).toEqual(["a"]);
    expect([gone.missing, gone.threads.has("c"), [...gone.selected], gone.cursor]).toEqual([true, false, ["a"], null]);
  });
});
