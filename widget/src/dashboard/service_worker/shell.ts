/** The offline shell: the dashboard's page and its files, whose names have the hash of their content. Nothing else is
 *  kept: no answer of REST, no token, no picture. A page is asked for over the network first, so that a new release is
 *  there at the next load; a file with a hash in its name never changes, so it comes from the cache first. */

import type { WorkerScope } from "./worker_types";

export const PAGE = "/app";
const PREFIX = "parley-shell-";
const MAX_BUILDS = 2; // builds: a tab of the one before may still load its lazy parts
const MAX_FILES = 150; // files of a build
const FILE = /^\/widget\/dashboard-[A-Za-z0-9_.-]*-?[A-Za-z0-9_]{6,}\.(?:js|css)$/;

export interface Build {
  readonly id: string;
  readonly script: string; // in dist, as the page names it
  readonly files: readonly string[]; // what the inbox loads
}

export class Shell {
  constructor(
    private readonly scope: WorkerScope,
    private readonly build: Build,
  ) {}

  /** Fails, and is tried again at the next load, if the server's page is already, or still, of another build. */
  async install(): Promise<void> {
    const page = await this.scope.fetch(PAGE, { cache: "no-store", credentials: "omit" });
    if (!page.ok || !(await page.clone().text()).includes(this.build.script)) throw new Error("another build");
    const cache = await this.scope.caches.open(this.name);
    await cache.addAll(this.build.files.map((file) => `/widget/${file}`));
    await cache.put(PAGE, page);
  }

  /** Caches are listed in the order in which they were made. */
  async removeOld(): Promise<void> {
    const names = (await this.scope.caches.keys()).filter((name) => name.startsWith(PREFIX));
    const others = names.filter((name) => name !== this.name);
    const gone = others.slice(0, Math.max(0, others.length - (MAX_BUILDS - 1)));
    await Promise.all(gone.map((name) => this.scope.caches.delete(name)));
  }

  /** What answers a request; null: the network, as without a service worker. */
  answer(request: Request): Promise<Response> | null {
    const url = new URL(request.url);
    if (request.method !== "GET" || url.origin !== this.scope.location.origin) return null;
    if (request.mode === "navigate") return isPage(url.pathname) ? this.page(request) : null;
    return FILE.test(url.pathname) ? this.file(request) : null;
  }

  private get name(): string {
    return PREFIX + this.build.id;
  }

  private async page(request: Request): Promise<Response> {
    try {
      return await this.scope.fetch(request);
    } catch (error) {
      const cache = await this.scope.caches.open(this.name);
      const kept = await cache.match(PAGE);
      if (kept === undefined) throw error;
      return kept;
    }
  }

  private async file(request: Request): Promise<Response> {
    const kept = await this.scope.caches.match(request, { ignoreVary: true });
    if (kept !== undefined) return kept;
    const fresh = await this.scope.fetch(request);
    if (fresh.ok) {
      const copy = fresh.clone();
      const cache = await this.scope.caches.open(this.name);
      // Best effort: a full disk must not stop the dashboard.
      if ((await cache.keys()).length < MAX_FILES) await cache.put(request, copy).catch(() => undefined);
    }
    return fresh;
  }
}

function isPage(path: string): boolean {
  return path === PAGE || path.startsWith(`${PAGE}/`);
}
