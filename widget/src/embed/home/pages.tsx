/** The two pages of the home: the search with its results, and an article. */

import type { PublicArticle, PublicArticleSnippet } from "../../rest/types";
import { LINK_REL, safeHref, shortAddress } from "../../ui/links";
import { localeTag } from "../../ui/locale";
import { unread } from "../../chat/model";
import type { HomeView } from "./view";

const MAX_QUERY = 200; // characters

export function Search({ home }: { home: HomeView }) {
  const { texts, items, query, loading, failed } = home;
  return (
    <>
      <div class="pane" aria-busy={loading}>
        <h3>{home.widget.texts.emptyTitle}</h3>
        <input
          type="search"
          value={query}
          maxLength={MAX_QUERY}
          placeholder={texts.search}
          aria-label={texts.search}
          dir="auto"
          autoComplete="off"
          onInput={({ currentTarget: { value } }) => home.typed(value)}
        />
        <p class={failed || items?.length === 0 ? "hint" : "unseen"} role="status">
          {failed ? (navigator.onLine ? texts.failed : texts.offline) : !items ? texts.loading : said(home)}
          {failed && (
            <button type="button" onClick={() => home.retry()}>
              {texts.retry}
            </button>
          )}
        </p>
        {items?.map((item, at) => (
          <>
            {!home.found && item.category !== (items[at - 1]?.category ?? "") && (
              <h4 dir="auto">{item.category || texts.other}</h4>
            )}
            <Row home={home} item={item} />
          </>
        ))}
      </div>
      <Talk home={home} />
    </>
  );
}

const said = ({ items, texts }: HomeView) => (items?.length ? texts.found(items.length) : texts.none);

function Row({ home, item }: { home: HomeView; item: PublicArticleSnippet }) {
  return (
    <button class="hit" type="button" data-id={item.id} onClick={() => home.read(item)}>
      <b dir="auto">{item.title}</b>
      <span dir="auto">{item.snippet}</span>
    </button>
  );
}

/** The way to the chat. */
function Talk({ home }: { home: HomeView }) {
  const { texts, widget } = home;
  const count = unread(widget.chat.state);
  return (
    <div class="foot">
      <button class="main" type="button" onClick={() => home.show(false)}>
        {widget.chat.state.conversation ? texts.talk : texts.write}
        {count > 0 && ` (${count})`}
      </button>
    </div>
  );
}

export function ArticlePage({ home, reading }: { home: HomeView; reading: PublicArticleSnippet }) {
  const { texts, article, failed, gone } = home;
  return (
    <>
      <div class="pane" aria-busy={home.loading}>
        <button class="back" type="button" onClick={() => home.back()}>
          ‹ {home.cited ? texts.talk : texts.back}
        </button>
        <h3 tabIndex={-1} dir="auto">
          {article?.title ?? reading.title}
        </h3>
        <p class={failed || gone ? "hint" : "unseen"} role="status">
          {failed ? (navigator.onLine ? texts.failed : texts.offline) : gone ? texts.gone : !article && texts.loading}
          {failed && (
            <button type="button" onClick={() => home.retry()}>
              {texts.retry}
            </button>
          )}
        </p>
        {article && <Text home={home} article={article} />}
      </div>
      {article && (
        <div class="foot">
          <button class="main" type="button" onClick={() => home.ask(article)}>
            {texts.ask}
          </button>
        </div>
      )}
    </>
  );
}

function Text({ home, article }: { home: HomeView; article: PublicArticle }) {
  const { texts } = home;
  const href = safeHref(article.url);
  const vote = home.votes.get(article.id + article.version);
  const day = new Date(article.updated_at).toLocaleDateString(localeTag(home.widget.language), { dateStyle: "medium" });
  return (
    <>
      <div class="article" lang={article.language} dir="auto">
        {home.part?.article(article.content)}
      </div>
      <p class="hint">
        {texts.updated(day)}
        {href && (
          <a href={href} target="_blank" rel={LINK_REL}>
            {shortAddress(href)}
          </a>
        )}
      </p>
      <p class="vote" role="status">
        {vote === "sent" ? texts.thanks : vote === "failed" ? texts.unsent : texts.helpful}
        {vote !== "sent" &&
          ([true, false] as const).map((helpful) => (
            <button
              type="button"
              aria-disabled={vote === "sending"}
              onClick={() => vote === "sending" || home.vote(article, helpful)}
            >
              {helpful ? texts.yes : texts.no}
            </button>
          ))}
      </p>
    </>
  );
}
