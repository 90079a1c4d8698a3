/** The parts of a service worker's global scope that are used here: TypeScript's library for workers and the one for
 *  pages exclude each other. */

export interface Waiting {
  waitUntil(work: Promise<unknown>): void;
}

export interface Fetching extends Waiting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

export interface Pushing extends Waiting {
  readonly data: { json(): unknown } | null;
}

export interface Shown {
  readonly data: unknown;
  readonly tag: string;
  close(): void;
}

export interface Clicked extends Waiting {
  readonly notification: Shown;
}

export interface Tab {
  readonly url: string;
  readonly focused: boolean;
  readonly visibilityState: "visible" | "hidden";
  focus(): Promise<Tab>;
  postMessage(message: unknown): void;
}

export interface WorkerScope {
  readonly location: { readonly origin: string };
  readonly caches: CacheStorage;
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { readonly type: "window"; readonly includeUncontrolled: boolean }): Promise<readonly Tab[]>;
    openWindow(url: string): Promise<unknown>;
  };
  readonly registration: {
    showNotification(title: string, options: Record<string, unknown>): Promise<void>;
    getNotifications(filter: { readonly tag: string }): Promise<readonly Shown[]>;
  };
  fetch(request: Request | string, options?: RequestInit): Promise<Response>;
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: Waiting) => void): void;
  addEventListener(type: "fetch", listener: (event: Fetching) => void): void;
  addEventListener(type: "push", listener: (event: Pushing) => void): void;
  addEventListener(type: "notificationclick", listener: (event: Clicked) => void): void;
}
