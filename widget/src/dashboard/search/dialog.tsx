/** The search (S): messages, visitors and notes of the project; each result leads to its place. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { SearchResult } from "../../rest/types";
import { isComposing } from "../../ui/keys";
import { useWorkspace } from "../views/hooks";
import { Empty, IconButton } from "../views/parts/components";
import { Modal } from "../views/parts/dialog";
import { Icon } from "../views/parts/icons";
import { useSession } from "../views/session";
import { showPanel } from "../views/show_panel";
import { jumpTo } from "../views/thread/jump";
import { type Searched, type Section, useSearched } from "./api";
import { askedFor, remember } from "./asked";
import { useSearchI18n } from "./i18n";
import { Hit } from "./hit";

const PAUSE = 200; // ms without a key before what is typed is searched for
const MAX_QUERY = 200; // characters, as the server's

export function SearchDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { project, go } = useWorkspace();
  const { api } = useSession();
  const { t } = useSearchI18n();
  const [typed, setTyped] = useState(askedFor());
  const [query, setQuery] = useState(typed);
  const body = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const messages = useSearched(api, project.id, "messages", query);
  const visitors = useSearched(api, project.id, "visitors", query);
  const notes = useSearched(api, project.id, "notes", query);
  const all: readonly (readonly [Section, Searched])[] = [
    ["messages", messages],
    ["visitors", visitors],
    ["notes", notes],
  ];
  const count = messages.items.length + visitors.items.length + notes.items.length;
  const busy = typed.trim() !== query || all.some(([, one]) => one.phase === "busy");
  const failed = all.some(([, one]) => one.phase === "failed");
  const nothing = count === 0 && !busy && !failed;
  const said = busy || query === "" ? "" : nothing ? t("none", { text: query }) : t("found", { n: count });

  useLayoutEffect(() => field.current?.select(), []); // before the next key, which an effect would select too
  useEffect(() => {
    remember(typed.trim());
    const timer = setTimeout(() => setQuery(typed.trim()), PAUSE);
    return () => clearTimeout(timer);
  }, [typed]);

  const visit = ({ conversation, seq, kind }: SearchResult): void => {
    onClose();
    if (seq !== null) jumpTo(conversation, seq);
    else if (kind === "visitor_note" || kind === "visitor") showPanel(conversation);
    go.open(conversation);
  };
  /** The arrow keys move between the field and the results, in the order in which they stand. */
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (isComposing(event)) return;
    if (event.key === "Enter" && event.target === field.current) setQuery(typed.trim());
    if (step === 0) return;
    event.preventDefault();
    const stops = [field.current, ...(body.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const at = stops.indexOf(document.activeElement as HTMLElement);
    stops[Math.min(Math.max(at + step, 0), stops.length - 1)]?.focus();
  };

  return (
    <Modal label={t("title")} class="palette search" onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys move between the controls within */}
      <div class="search-frame" onKeyDown={onKeyDown}>
        <div class="palette-input">
          <Icon name="search" />
          <input
            ref={field}
            type="text"
            role="searchbox"
            autofocus
            value={typed}
            maxLength={MAX_QUERY}
            placeholder={t("field")}
            aria-label={t("field")}
            autocomplete="off"
            spellcheck={false}
            enterkeyhint="search"
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
          <IconButton icon="close" label={t("close")} onClick={onClose} />
        </div>
        <p class="sr-only" role="status">
          {said}
        </p>
        <div class="search-body" ref={body} aria-busy={busy}>
          {query === "" ? (
            <Empty icon="search" title={t("hint")} lead={t("hint.more")} />
          ) : nothing ? (
            <Empty icon="search" title={t("none", { text: query })} lead={t("none.lead")} />
          ) : count === 0 && !failed ? (
            <p class="palette-none">{t("busy")}</p>
          ) : (
            all.map(([section, found]) => <Part key={section} section={section} found={found} onVisit={visit} />)
          )}
        </div>
      </div>
    </Modal>
  );
}

interface PartProps {
  readonly section: Section;
  readonly found: Searched;
  readonly onVisit: (result: SearchResult) => void;
}

function Part({ section, found, onVisit }: PartProps): JSX.Element | null {
  const { t } = useSearchI18n();
  const { items, next, phase, more } = found;
  const list = useRef<HTMLUListElement>(null);
  const asked = useRef<number | null>(null); // how many results there were when more were asked for
  useLayoutEffect(() => {
    if (asked.current === null || phase === "busy") return;
    // The button may be gone, and Esc must not go to the page beneath.
    if (phase === "done") list.current?.children[asked.current]?.querySelector("button")?.focus();
    asked.current = null;
  }, [phase]);
  if (items.length === 0 && phase !== "failed") return null;
  return (
    <section class={`search-part${phase === "busy" ? " is-busy" : ""}`} aria-labelledby={`search-${section}`}>
      <h3 class="palette-group" id={`search-${section}`}>
        {t(section)}
      </h3>
      <ul ref={list}>
        {items.map((item) => (
          <li key={item.id}>
            <Hit item={item} onVisit={() => onVisit(item)} />
          </li>
        ))}
      </ul>
      <p class="search-failed" role="alert" hidden={phase !== "failed"}>
        {phase === "failed" ? t("failed") : ""}
      </p>
      {phase !== "failed" && next === null ? null : (
        <button
          type="button"
          class="button is-small search-more"
          aria-label={phase === "failed" ? undefined : t(`more.${section}`)}
          aria-disabled={phase === "busy"}
          onClick={() => {
            if (phase === "busy") return;
            asked.current = items.length;
            more();
          }}
        >
          {t(phase === "failed" ? "retry" : "more")}
        </button>
      )}
    </section>
  );
}
