import { beforeEach, describe, expect, test } from "vitest";

import { openingOf } from "../../src/dashboard/notifications/opening";
import { open, payloadOf, show } from "../../src/dashboard/service_worker/push";
import { Shell } from "../../src/dashboard/service_worker/shell";
import type { Tab, WorkerScope } from "../../src/dashboard/service_worker/worker_types";

const ORIGIN = "https://chat.example";
const ID = "01936b2e-8c00-7a00-8000-0000000000d1";
const OTHER = "01936b2e-8c00-7a00-8000-0000000000d2";
const PUSHED = { v: 1, id: ID, project: ID, conversation: OTHER, title: "Shop", body: "New", tag: OTHER, at: 1 };

/** Caches as browsers keep them: in the order in which they were made. */
class Caches {
  readonly all = new Map<string, Map<string, Response>>();

  open(name: string) {
    const kept = this.all.get(name) ?? new Map<string, Response>();
    this.all.set(name, kept);
    const key = (asked: Request | string) => new URL(typeof asked === "string" ? asked : asked.url, ORIGIN).href;
    return Promise.resolve({
      put: async (asked: Request | string, answer: Response) => void kept.set(key(asked), answer),
      match: async (asked: Request | string) => kept.get(key(asked))?.clone(),
      keys: async () => [...kept.keys()],
      addAll: async (names: string[]) => {
        for (const one of names) kept.set(key(one), new Response(`cached ${one}`));
      },
    });
  }

  async match(asked: Request | string) {
    for (const name of this.all.keys()) {
      const found = await (await this.open(name)).match(asked);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  keys = async () => [...this.all.keys()];
  delete = async (name: string) => this.all.delete(name);
}

let caches: Caches;
let online: boolean;
let page: string;
let fetched: string[];
let shown: { title: string; options: Record<string, unknown> }[];
let tabs: Tab[];
let opened: string[];

function scope(): WorkerScope {
  return {
    location: { origin: ORIGIN },
    caches,
    clients: {
      claim: async () => undefined,
      matchAll: async () => tabs,
      openWindow: async (url: string) => void opened.push(url),
    },
    registration: {
      showNotification: async (title: string, options: Record<string, unknown>) => void shown.push({ title, options }),
      getNotifications: async () => [],
    },
    fetch: async (asked: Request | string) => {
      if (!online) throw new TypeError("Failed to fetch");
      const url = typeof asked === "string" ? asked : asked.url;
      fetched.push(url);
      return new Response(url.endsWith("/app") || url.includes("/app/") ? page : `fresh ${url}`);
    },
  } as unknown as WorkerScope;
}

beforeEach(() => {
  caches = new Caches();
  online = true;
  page = "<script src=/widget/dashboard-aaaaaaaaaaaa.js>";
  [fetched, shown, tabs, opened] = [[], [], [], []];
});

function shell(id: string, script = "dashboard-aaaaaaaaaaaa.js"): Shell {
  return new Shell(scope(), { id, script, files: [script] });
}

function request(path: string, mode: "navigate" | "cors" = "cors", method = "GET"): Request {
  return { url: new URL(path, ORIGIN).href, mode, method } as Request;
}

const text = async (answer: Promise<Response> | null) => (answer === null ? null : (await answer).text());

describe("the shell", () => {
  test("a page is asked for over the network first, so that a new release is there at the next load", async () => {
    const own = shell("one");
    await own.install();
    page = "the page of a newer release";
    expect(await text(own.answer(request("/app/p/1", "navigate")))).toBe(page);
  });

  test("without a network every page of the dashboard is the kept one", async () => {
    const own = shell("one");
    await own.install();
    online = false;
    expect(await text(own.answer(request("/app/account/notifications", "navigate")))).toContain(
      "dashboard-aaaaaaaaaaaa",
    );
    expect(await text(own.answer(request("/widget/dashboard-aaaaaaaaaaaa.js")))).toContain("cached");
  });

  test("REST, other pages and other sites are none of its business", () => {
    const own = shell("one");
    for (const path of ["/api/v1/me", "/api/v1/auth/refresh", "/widget/embed.js", "/ws", "https://else.example/app"]) {
      expect(own.answer(request(path))).toBeNull();
    }
    expect(own.answer(request("/help/1", "navigate"))).toBeNull();
    expect(own.answer(request("/apple", "navigate"))).toBeNull();
    expect(own.answer(request("/app", "navigate", "POST"))).toBeNull();
  });

  test("a lazy part is kept when it was loaded, and nothing else", async () => {
    const own = shell("one");
    await own.install();
    await text(own.answer(request("/widget/dashboard-pages-QLDQVZJA.js")));
    online = false;
    expect(await text(own.answer(request("/widget/dashboard-pages-QLDQVZJA.js")))).toContain("fresh");
    const kept = [...caches.all.values()].flatMap((one) => [...one.keys()]);
    expect(kept.map((url) => new URL(url).pathname).sort()).toEqual([
      "/app",
      "/widget/dashboard-aaaaaaaaaaaa.js",
      "/widget/dashboard-pages-QLDQVZJA.js",
    ]);
  });

  test("it is not installed with the page of another build", async () => {
    await expect(shell("two", "dashboard-bbbbbbbbbbbb.js").install()).rejects.toThrow();
    expect(caches.all.size).toBe(0);
  });

  test("the build before is kept for its open tabs, older ones are deleted", async () => {
    for (const id of ["one", "two", "three"]) await shell(id).install();
    await caches.open("parley-pushed");
    await shell("three").removeOld();
    expect(await caches.keys()).toEqual(["parley-shell-two", "parley-shell-three", "parley-pushed"]);
  });
});

describe("a push message", () => {
  test("is shown with its conversation as tag, and once by id", async () => {
    await show(scope(), PUSHED);
    await show(scope(), PUSHED); // repeated after a crash, and dismissed in between
    await show(scope(), { ...PUSHED, id: OTHER });
    expect(shown.map(({ title, options }) => [title, options.body, options.tag, options.silent])).toEqual([
      ["Shop", "New", OTHER, false],
      ["Shop", "New", OTHER, false],
    ]);
  });

  test("that is none of ours shows nothing but the name", async () => {
    for (const odd of [null, "x", {}, { ...PUSHED, conversation: "../evil" }, { ...PUSHED, title: 1 }]) {
      expect(payloadOf(odd)).toBeNull();
      await show(scope(), odd);
    }
    expect(new Set(shown.map(({ title }) => title))).toEqual(new Set(["Parley"]));
  });

  test("opens its conversation in the tab that is there, else in a new one", async () => {
    const said: unknown[] = [];
    const tab = (path: string, focused = false): Tab => ({
      url: ORIGIN + path,
      focused,
      visibilityState: "hidden",
      focus: () => Promise.reject(new DOMException("not allowed")),
      postMessage: (message) => void said.push([path, message]),
    });
    const clicked = { data: { project: ID, conversation: OTHER }, tag: OTHER, close: () => undefined };
    await open(scope(), clicked);
    expect(opened).toEqual([`/app/p/${ID}/c/${OTHER}`]);
    tabs = [tab("/help/1"), tab("/app"), tab("/app/p/1", true)];
    await open(scope(), clicked);
    expect(said).toEqual([["/app/p/1", { type: "open conversation", project: ID, conversation: OTHER }]]);
    expect(openingOf((said[0] as unknown[])[1])).toEqual({ project: ID, conversation: OTHER });
    await open(scope(), { ...clicked, data: { project: "javascript:", conversation: OTHER } });
    expect(said.length).toBe(1);
  });

  test("from elsewhere is no opening", () => {
    for (const odd of [null, "open", { type: "open conversation", project: "x", conversation: ID }, { project: ID }]) {
      expect(openingOf(odd)).toBeNull();
    }
  });
});
