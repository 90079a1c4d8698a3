/** Saved views: changes are made to what the server has, also when another device was faster. */

import { describe, expect, it } from "vitest";

import { type Api, Problem } from "../../src/dashboard/rest/api";
import { moved, renamed, SavedViewsLibrary, withoutView, withView } from "../../src/dashboard/saved_views/library";
import type { SavedView, SavedViews } from "../../src/rest/types";

const view = (name: string): SavedView => ({ name, filter: { status: "open" } });
const names = (views: readonly SavedView[]) => views.map(({ name }) => name);

/** REST as the server answers it. */
class Server {
  kept: SavedViews = { version: 0, items: [] };
  asked: string[] = [];

  call(method: string, _path: string, body?: unknown): Promise<unknown> {
    this.asked.push(method);
    if (method === "GET") return Promise.resolve(this.kept);
    const { version, items } = body as SavedViews;
    if (version !== this.kept.version) return Promise.reject(new Problem(409, "stale", "stale"));
    this.kept = { version: version + 1, items };
    return Promise.resolve(this.kept);
  }

  library(): SavedViewsLibrary {
    return new SavedViewsLibrary(this as unknown as Api, "p");
  }
}

describe("the library", () => {
  it("saves, and tells who listens", async () => {
    const server = new Server();
    const library = server.library();
    let told = 0;
    library.subscribe(() => told++);
    await library.change((views) => withView(views, view("One")));
    expect([names(library.views), server.kept.version, told]).toEqual([["One"], 1, 1]);
  });

  it("makes its change to the views of the other device when that was faster", async () => {
    const server = new Server();
    const [here, there] = [server.library(), server.library()];
    await there.change((views) => withView(views, view("There")));
    await here.change((views) => withView(views, view("Here")));
    expect(names(server.kept.items)).toEqual(["There", "Here"]);
    expect(names(here.views)).toEqual(["There", "Here"]);
  });

  it("changes nothing when the server refuses", async () => {
    const server = new Server();
    const library = server.library();
    await library.change((views) => withView(views, view("One")));
    server.call = () => Promise.reject(new Problem(0, "unreachable", "x"));
    await expect(library.change((views) => withoutView(views, "One"))).rejects.toThrow();
    expect(names(library.views)).toEqual(["One"]);
  });
});

describe("views", () => {
  const views = [view("One"), view("Two"), view("Three")];

  it("are replaced by name, ignoring case, or added at the end", () => {
    expect(names(withView(views, view("tWO")))).toEqual(["One", "tWO", "Three"]);
    expect(names(withView(views, view("Four")))).toEqual(["One", "Two", "Three", "Four"]);
  });

  it("are renamed, removed and moved", () => {
    expect(names(renamed(views, "Two", "2"))).toEqual(["One", "2", "Three"]);
    expect(names(withoutView(views, "one"))).toEqual(["Two", "Three"]);
    expect(names(moved(views, "Two", -1))).toEqual(["Two", "One", "Three"]);
    expect(names(moved(views, "Three", 1))).toEqual(["One", "Two", "Three"]);
  });
});
