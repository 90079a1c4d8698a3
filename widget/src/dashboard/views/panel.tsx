/** The right pane: the visitor, their current page and where they came from. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import { VisitorNotes } from "../notes/notes";
import { browserName } from "../state/browsers";
import { LINK_REL, safeHref, shortAddress } from "../../ui/links";
import { copyText } from "../store/clipboard";
import { prefer, USUAL_WIDTHS, WIDTHS } from "../store/preferences";
import type { SeenPage } from "../../rest/types";
import type { Conversation, Visitor } from "../state/model";
import { ago, exactly } from "../state/times";
import { Fact, SiteFacts, VerifiedFacts } from "./facts";
import { Icon } from "./parts/icons";
import { lazy } from "./lazy";
import { Past } from "../visitors/past";
import { Who } from "../visitors/who";
import { Empty, IconButton, timeTexts } from "./parts/components";
import { Splitter } from "./parts/splitter";
import { useSheet } from "./sheet";
import { useInboxState, useNow, usePreferences, useI18n, type I18n } from "./hooks";

const MAX_STEPS = 12;

const Screenshot = lazy(
  async () => (await import("../screenshots/screenshot")).Screenshot,
  () => null,
);

interface PanelProps {
  readonly sheet: boolean; // over the conversation, not beside it
  readonly onClose: () => void;
}

export function Panel({ sheet, onClose }: PanelProps): JSX.Element {
  const i18n = useI18n();
  const { panel_width } = usePreferences();
  const pane = useRef<HTMLElement>(null);
  useSheet(pane, sheet, "[data-opens-panel]", onClose);
  const { t } = i18n;
  const state = useInboxState();
  const row = state.open === null ? undefined : state.entries.get(state.open)?.conversation;
  if (row === undefined) {
    return (
      <aside class="pane panel-pane is-empty" ref={pane} aria-label={t("panel.label")}>
        <Empty icon="user" title={t("panel.label")} />
      </aside>
    );
  }
  const visitor = state.visitors.get(row.visitor.id);
  return (
    <aside class={sheet ? "pane panel-pane is-sheet" : "pane panel-pane"} ref={pane} aria-label={t("panel.label")}>
      <IconButton icon="close" label={t("panel.close")} class="panel-close" onClick={onClose} />
      <div class="panel-body">
        <Who row={row} visitor={visitor} i18n={i18n} />
        <CurrentPage row={row} i18n={i18n} />
        <VisitorNotes key={row.visitor.id} visitor={row.visitor.id} />
        {visitor === undefined ? (
          <PanelBones />
        ) : (
          <>
            <VerifiedFacts visitor={visitor} i18n={i18n} />
            <SiteFacts visitor={visitor} i18n={i18n} />
            <Past row={row} i18n={i18n} />
            <Trail trail={visitor.trail} i18n={i18n} />
            <About visitor={visitor} row={row} i18n={i18n} />
          </>
        )}
      </div>
      {sheet ? null : (
        <Splitter
          label={t("resize.panel")}
          value={panel_width}
          {...WIDTHS.panel}
          usual={USUAL_WIDTHS.panel}
          grows={-1}
          onChange={(value) => prefer({ panel_width: value })}
        />
      )}
    </aside>
  );
}

function CurrentPage({ row, i18n: { t } }: { readonly row: Conversation; readonly i18n: I18n }): JSX.Element {
  const { id, url, title, online } = row.visitor;
  return (
    <section class="panel-part">
      <h3>{t(online ? "panel.page" : "panel.page.last")}</h3>
      {url === "" ? (
        <p class="quiet">{t("panel.page.none")}</p>
      ) : (
        <div class={online ? "page-card is-live" : "page-card"}>
          <Icon name="globe" />
          <span>
            <b>{title || shortAddress(url)}</b>
            <Address url={url} />
          </span>
        </div>
      )}
      {safeHref(url) === null ? null : <Screenshot key={`${id} ${url}`} visitor={id} />}
    </section>
  );
}

function Trail({
  trail,
  i18n: { t, language },
}: {
  readonly trail: readonly SeenPage[];
  readonly i18n: I18n;
}): JSX.Element | null {
  const now = useNow();
  if (trail.length < 2) return null;
  return (
    <section class="panel-part">
      <h3>{t("panel.trail")}</h3>
      <ol class="trail">
        {trail.slice(0, MAX_STEPS).map((step, index) => (
          <li key={`${step.at} ${index}`}>
            <span class="trail-title" title={step.url}>
              {step.title || shortAddress(step.url)}
            </span>
            <time title={exactly(step.at, language)}>{ago(step.at, now, language, timeTexts(t))}</time>
          </li>
        ))}
      </ol>
    </section>
  );
}

interface AboutProps {
  readonly visitor: Visitor;
  readonly row: Conversation;
  readonly i18n: I18n;
}

function About({ visitor, row, i18n: { t, language } }: AboutProps): JSX.Element {
  const first = visitor.first_seen_at ?? visitor.created_at;
  return (
    <section class="panel-part">
      <h3>{t("panel.about")}</h3>
      <dl class="facts">
        <Fact name={t("panel.language")}>{languageName(visitor.language, language)}</Fact>
        <Fact name={t("panel.browser")}>{browserName(visitor.browser)}</Fact>
        <Fact name={t("panel.referrer")}>
          {visitor.referrer === "" ? t("panel.direct") : <Address url={visitor.referrer} />}
        </Fact>
        <Fact name={t("panel.landing")}>{visitor.first_url === "" ? "" : <Address url={visitor.first_url} />}</Fact>
        <Fact name={t("panel.first")}>{first === null ? "" : exactly(first, language)}</Fact>
        <Fact name={t("panel.created")}>{exactly(row.created_at, language)}</Fact>
        <Fact name={t("panel.id")}>
          <Copy text={visitor.id} i18n={{ t, language }} />
        </Fact>
      </dl>
    </section>
  );
}

function Copy({ text, i18n: { t } }: { readonly text: string; readonly i18n: I18n }): JSX.Element {
  const [done, setDone] = useState(false);
  const copy = (): void => {
    void copyText(text).then((copied) => {
      if (!copied) return;
      setDone(true);
      setTimeout(() => setDone(false), 1_500);
    });
  };
  return (
    <button type="button" class="copy" title={`${t("panel.copy")}: ${text}`} onClick={copy}>
      <code>{text.slice(-12)}</code>
      <span role="status">{done ? t("panel.copied") : t("panel.copy")}</span>
    </button>
  );
}

function Address({ url }: { readonly url: string }): JSX.Element {
  const href = safeHref(url);
  if (href === null) return <span class="address">{url}</span>;
  return (
    <a class="address" href={href} title={href} target="_blank" rel={LINK_REL}>
      {shortAddress(url)}
    </a>
  );
}

function PanelBones(): JSX.Element {
  return (
    <div class="panel-bones" aria-hidden="true">
      <i class="bone" />
      <i class="bone is-long" />
      <i class="bone is-long" />
      <i class="bone" />
    </div>
  );
}

function languageName(tag: string, language: string): string {
  if (tag === "") return "";
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag; // the visitor sends the tag, so it may be invalid
  }
}
