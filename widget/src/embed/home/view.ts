/** The home, as its pages use it, so that neither imports the other. */

import type { PublicArticle, PublicArticleSnippet } from "../../rest/types";
import type { ArticlePart, WidgetView } from "../view";
import type { HomeTexts } from "./texts";

export type Vote = "sending" | "sent" | "failed" | undefined;

export interface HomeView {
  readonly widget: WidgetView;
  readonly texts: HomeTexts;
  /** What the visitor has typed, and the query that `items` answer; null: nothing was loaded yet. */
  readonly query: string;
  readonly found: string;
  readonly items: readonly PublicArticleSnippet[] | null;
  readonly loading: boolean;
  readonly failed: boolean;
  /** Of the article that is read: null until it has come. */
  readonly article: PublicArticle | null;
  /** It was opened from the chat, and "back" leads there. */
  readonly cited: boolean;
  /** It does not exist any more. */
  readonly gone: boolean;
  readonly part: ArticlePart | null;
  readonly votes: ReadonlyMap<string, Vote>; // by article and version
  /** Shows the home, or the chat. */
  show(home: boolean): void;
  typed(query: string): void;
  retry(): void;
  read(article: PublicArticleSnippet): void;
  back(): void;
  vote(article: PublicArticle, helpful: boolean): void;
  /** The next text is about this article. */
  ask(article: PublicArticle): void;
}
