/** The saved views of the signed-in agent in one project: loaded with the inbox, and again when another device changed
 *  them. */

import type { Id, SavedView, SavedViews } from "../../rest/types";
import { type Api, Problem } from "../rest/api";
import type { InboxStore } from "../store/inbox_store";

const MAX_ATTEMPTS = 3; // when other devices change them at the same time
export const MAX_VIEWS = 20;

export class SavedViewsLibrary {
  private readonly listeners = new Set<() => void>();
  private version = 0;
  private wanted = false;
  views: readonly SavedView[] = [];

  constructor(
    private readonly api: Api,
    private readonly project: Id,
  ) {}

  /** Calls `listener` when the views have changed. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Loads them once; a failure is tried again with the next sign of a change. */
  want(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.reload();
  }

  reload(): void {
    void this.load().catch(() => {
      this.wanted = false;
    });
  }

  /** Saves the changed views. When another device was faster, `change` is applied to its views instead. Rejects with a
   *  Problem; nothing is changed then. */
  async change(change: (views: readonly SavedView[]) => readonly SavedView[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const body: SavedViews = { version: this.version, items: change(this.views) };
        return this.take(await this.api.call<SavedViews>("PUT", this.path, body));
      } catch (error) {
        const stale = error instanceof Problem && error.code === "stale";
        if (!stale || attempt === MAX_ATTEMPTS) throw error;
        await this.load();
      }
    }
  }

  private get path(): string {
    return `/projects/${this.project}/me/saved-views`;
  }

  private async load(): Promise<void> {
    this.take(await this.api.call<SavedViews>("GET", this.path));
  }

  private take({ version, items }: SavedViews): void {
    if (version < this.version) return; // an older response that came late
    this.version = version;
    this.views = items;
    for (const listener of this.listeners) listener();
  }
}

const libraries = new WeakMap<InboxStore, SavedViewsLibrary>();

/** The library of the store's project; it lives as long as the store. */
export function libraryOf(store: InboxStore, api: Api, project: Id): SavedViewsLibrary {
  let library = libraries.get(store);
  if (library === undefined) {
    library = new SavedViewsLibrary(api, project);
    libraries.set(store, library);
    const made = library;
    store.onTouched("saved_views", () => made.reload());
  }
  return library;
}

/** The views with this one at the end; one of the same name is replaced where it is. */
export function withView(views: readonly SavedView[], view: SavedView): readonly SavedView[] {
  const at = views.findIndex((one) => sameName(one.name, view.name));
  return at < 0 ? [...views, view] : views.map((one, index) => (index === at ? view : one));
}

export function withoutView(views: readonly SavedView[], name: string): readonly SavedView[] {
  return views.filter((one) => !sameName(one.name, name));
}

export function renamed(views: readonly SavedView[], name: string, to: string): readonly SavedView[] {
  return views.map((one) => (sameName(one.name, name) ? { ...one, name: to } : one));
}

/** The view one place up (-1) or down (1); at the end it stays. */
export function moved(views: readonly SavedView[], name: string, by: 1 | -1): readonly SavedView[] {
  const at = views.findIndex((one) => sameName(one.name, name));
  const view = views[at];
  const other = views[at + by];
  if (view === undefined || other === undefined) return views;
  const next = [...views];
  next[at] = other;
  next[at + by] = view;
  return next;
}

export function sameName(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
