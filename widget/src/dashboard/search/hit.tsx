/** One result: whose it is, what was said before it, and the line in which it was found. */

import type { JSX } from "preact";

import type { SearchPiece, SearchResult } from "../../rest/types";
import { nameOf } from "../state/placeholder_names";
import { ago, exactly } from "../state/times";
import { useI18n, useNow } from "../views/hooks";
import { Face, timeTexts } from "../views/parts/components";
import { useSearchI18n } from "./i18n";
import { plainPieces } from "./plain_pieces";

export function Hit({ item, onVisit }: { readonly item: SearchResult; readonly onVisit: () => void }): JSX.Element {
  const { t, language } = useSearchI18n();
  const { t: common } = useI18n();
  const now = useNow(60_000);
  const { visitor, author, before = null, at, name: titled = [] } = item;
  const marked = author !== null && author.party !== "visitor"; // as in the conversation
  const name = nameOf(visitor, language);
  const said = author === null || author.party === "visitor" ? null : author.name || common("assistant");
  return (
    <button type="button" class="search-hit" onClick={onVisit}>
      <Face id={visitor.id} name={name} size="small" />
      <span class="search-text">
        <span class="search-where">
          <b>
            <bdi>{titled.length > 0 ? <Pieces of={titled} /> : name}</bdi>
          </b>
          <span class="quiet">
            {item.kind === "visitor_note" ? t("about") : common(`status.${item.status}`)}
            {" · "}
            <time title={exactly(at, language)}>{ago(at, now, language, timeTexts(common))}</time>
          </span>
        </span>
        {before === null ? null : (
          <span class="search-before" dir="auto">
            {before.author === visitor.name ? name : before.author || common("assistant")}: {before.text}
          </span>
        )}
        <span class="search-line" dir="auto">
          {said === null ? null : <span class="quiet">{said}: </span>}
          <Pieces of={marked ? plainPieces(item.text) : item.text} />
        </span>
      </span>
    </button>
  );
}

/** Matches are elements around text; nothing that people wrote becomes HTML. */
function Pieces({ of }: { readonly of: readonly SearchPiece[] }): JSX.Element {
  return (
    <>
      {of.map((piece, index) =>
        piece.match ? <mark key={index}>{piece.text}</mark> : <span key={index}>{piece.text}</span>,
      )}
    </>
  );
}
