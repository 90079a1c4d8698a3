/** Asks the server for articles, and tells it whether one was helpful. Rejects when no valid answer comes in time. */

import type { PublicArticle, PublicArticleList, PublicArticleSnippet } from "../../rest/types";

const TIMEOUT = 10_000; // ms

/** The article does not exist, or visitors may not read it any more. */
export class Gone extends Error {}

export class Articles {
  readonly #url: string;

  constructor(project: string, origin = new URL(import.meta.url).origin) {
    this.#url = `${origin}/api/v1/public/projects/${project}/articles`;
  }

  /** The best matches; without a query what helped others most. */
  async find(query: string, language: string, cancel: AbortSignal): Promise<PublicArticleList> {
    const asked = new URLSearchParams({ ...(query && { query }), language });
    return (await this.#ask(`?${asked}`, {}, cancel)) as PublicArticleList;
  }

  async read(article: string, cancel: AbortSignal): Promise<PublicArticle> {
    return (await this.#ask(`/${article}`, {}, cancel)) as PublicArticle;
  }

  async vote(article: string, helpful: boolean, key: string): Promise<void> {
    await this.#ask(`/${article}/feedback`, {
      method: "POST",
      headers: { Authorization: `Visitor ${key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ helpful }),
    });
  }

  async #ask(path: string, init: RequestInit, cancel?: AbortSignal): Promise<unknown> {
    const ending = new AbortController();
    const end = () => ending.abort();
    const timer = setTimeout(end, TIMEOUT);
    cancel?.addEventListener("abort", end);
    try {
      const response = await fetch(this.#url + path, { ...init, credentials: "omit", signal: ending.signal });
      if (response.status === 404) throw new Gone();
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return response.status === 204 ? null : await response.json();
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Each category together, in the order in which they come; what has none is last. */
export function shelved(items: readonly PublicArticleSnippet[]): readonly PublicArticleSnippet[] {
  const categories = [...new Set(items.map(({ category }) => category))].sort((a, b) => +!a - +!b);
  return categories.flatMap((category) => items.filter((item) => item.category === category));
}
