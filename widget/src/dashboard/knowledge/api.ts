/** REST of a project's articles: their versions, imports and gaps, and where visitors find them. */

import type {
  Article,
  ArticleChange,
  ArticleCounts,
  ArticleDetails,
  ArticleDiff,
  ArticleImport,
  ArticleImportPage,
  ArticlePage,
  ArticleVersionPage,
  Id,
  ImportedPages,
  KnowledgeGap,
  KnowledgeGapPage,
  KnowledgeSettings,
  KnowledgeSettingsChange,
  NewArticle,
  NewArticleImport,
} from "../../rest/types";
import type { Api } from "../rest/api";

export interface ArticleFilter {
  readonly state: Article["state"] | "";
  readonly category: string | null; // "": articles without one; null: all
  readonly language: string; // "": all
  readonly text: string; // a part of the title or the address
}

export type FileType = "text/markdown" | "text/html" | "text/plain" | "application/pdf";
export type FileOptions = Pick<Required<NewArticleImport>, "category" | "language" | "publish">;

export class KnowledgeApi {
  constructor(
    private readonly api: Api,
    private readonly project: Id,
  ) {}

  articles({ state, category, language, text }: ArticleFilter, cursor: string | null): Promise<ArticlePage> {
    const query = new URLSearchParams({ limit: "50" });
    if (state !== "") query.set("state", state);
    if (category !== null) query.set("category", category);
    if (language !== "") query.set("language", language);
    if (text.trim() !== "") query.set("text", text.trim());
    if (cursor !== null) query.set("cursor", cursor);
    return this.call("GET", `/articles?${query}`);
  }

  counts(): Promise<ArticleCounts> {
    return this.call("GET", "/article-counts");
  }

  article(id: Id): Promise<ArticleDetails> {
    return this.call("GET", `/articles/${id}`);
  }

  create(article: Required<NewArticle>): Promise<Article> {
    return this.call("POST", "/articles", article);
  }

  /** Makes a version; refused as `stale` when the article has changed since `version`. */
  change(id: Id, change: ArticleChange): Promise<Article> {
    return this.call("PATCH", `/articles/${id}`, change);
  }

  delete(id: Id): Promise<void> {
    return this.call("DELETE", `/articles/${id}`);
  }

  /** Publishes the newest version; refused as `stale` when `version` is not the newest. */
  publish(id: Id, version: number): Promise<Article> {
    return this.call("POST", `/articles/${id}/publish`, { version });
  }

  unpublish(id: Id): Promise<Article> {
    return this.call("POST", `/articles/${id}/unpublish`);
  }

  versions(id: Id, cursor: string | null): Promise<ArticleVersionPage> {
    const query = new URLSearchParams({ limit: "20" });
    if (cursor !== null) query.set("cursor", cursor);
    return this.call("GET", `/articles/${id}/versions?${query}`);
  }

  /** `older` 0: the version before `newer`. */
  diff(id: Id, older: number, newer: number): Promise<ArticleDiff> {
    return this.call("GET", `/articles/${id}/diff?older=${older}&newer=${newer}`);
  }

  /** The text of version `number` becomes the newest one; refused as `stale` when `version` is not the newest. */
  restore(id: Id, number: number, version: number): Promise<Article> {
    return this.call("POST", `/articles/${id}/versions/${number}/restore`, { version });
  }

  imports(cursor: string | null): Promise<ArticleImportPage> {
    const query = new URLSearchParams({ limit: "20" });
    if (cursor !== null) query.set("cursor", cursor);
    return this.call("GET", `/article-imports?${query}`);
  }

  /** A worker fetches the address, or the addresses of the sitemap, page by page. */
  import(wanted: Required<NewArticleImport>): Promise<ArticleImport> {
    return this.call("POST", "/article-imports", wanted);
  }

  importFile(file: File, type: FileType, { category, language, publish }: FileOptions): Promise<ArticleImport> {
    const query = new URLSearchParams({ name: file.name.slice(-200), category, language, publish: String(publish) });
    return this.api.upload(`/projects/${this.project}/article-imports/files?${query}`, type, file);
  }

  importedPages(id: Id, cursor: string | null): Promise<ImportedPages> {
    return this.call("GET", `/article-imports/${id}/pages${cursor === null ? "" : `?cursor=${cursor}`}`);
  }

  /** It ends after its present page; articles that it made stay. */
  cancelImport(id: Id): Promise<ArticleImport> {
    return this.call("POST", `/article-imports/${id}/cancel`);
  }

  gaps(state: KnowledgeGap["state"] | null, cursor: string | null, limit = 50): Promise<KnowledgeGapPage> {
    const query = new URLSearchParams({ limit: String(limit) });
    if (state !== null) query.set("state", state);
    if (cursor !== null) query.set("cursor", cursor);
    return this.call("GET", `/knowledge-gaps?${query}`);
  }

  /** The gap, or null. The API has no route for one: a project keeps 2,000, so these are at most 20 requests. */
  async gap(id: Id): Promise<KnowledgeGap | null> {
    for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
      const page: KnowledgeGapPage = await this.gaps(null, cursor, 100);
      const found = page.items.find((one) => one.id === id);
      if (found !== undefined) return found;
      cursor = page.next_cursor;
    }
    return null;
  }

  decideGap(id: Id, what: "dismiss" | "reopen"): Promise<KnowledgeGap> {
    return this.call("POST", `/knowledge-gaps/${id}/${what}`);
  }

  /** `article` was written about it. */
  gapWritten(id: Id, article: Id): Promise<KnowledgeGap> {
    return this.call("POST", `/knowledge-gaps/${id}/written`, { article_id: article });
  }

  settings(): Promise<KnowledgeSettings> {
    return this.call("GET", "/knowledge-settings");
  }

  changeSettings(change: KnowledgeSettingsChange): Promise<KnowledgeSettings> {
    return this.call("PATCH", "/knowledge-settings", change);
  }

  private call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.api.call(method, `/projects/${this.project}${path}`, body);
  }
}
