/** What is known about a visitor: what the site has signed, and what any script of its pages can say. */

import type { ComponentChildren, JSX } from "preact";

import type { Facts, Visitor } from "../state/model";
import { Icon } from "./parts/icons";
import type { I18n } from "./hooks";

interface FactsProps {
  readonly visitor: Visitor;
  readonly i18n: I18n;
}

/** Details that the site has signed: nothing else can set them. */
export function VerifiedFacts({ visitor, i18n }: FactsProps): JSX.Element | null {
  const { t } = i18n;
  if (!visitor.external_id) return null;
  return (
    <section class="panel-part">
      <h3>{t("panel.signed")}</h3>
      <dl class="facts">
        <List facts={visitor.verified ?? {}} i18n={i18n} />
        <Fact name={t("panel.external_id")}>
          <bdi>{visitor.external_id}</bdi>
        </Fact>
      </dl>
      <p class="quiet">{t("panel.signed.lead")}</p>
    </section>
  );
}

/** Facts that the site's page has set: any script on it can set them, so they are marked as unverified. */
export function SiteFacts({ visitor: { facts = {} }, i18n }: FactsProps): JSX.Element | null {
  const { t } = i18n;
  if (Object.keys(facts).length === 0) return null;
  return (
    <section class="panel-part">
      <h3>
        {t("panel.said")} · {t("panel.unverified")}
      </h3>
      <dl class="facts">
        <List facts={facts} i18n={i18n} />
      </dl>
      <p class="quiet">{t("panel.said.lead")}</p>
    </section>
  );
}

/** The mark beside a name that the site vouches for. */
export function VerifiedMark({ i18n: { t } }: Pick<FactsProps, "i18n">): JSX.Element {
  return (
    <span class="verified" title={t("panel.signed.lead")}>
      <Icon name="shield" size={13} />
      {t("panel.verified")}
    </span>
  );
}

export function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return children === "" ? null : (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function List({ facts, i18n: { t } }: { readonly facts: Facts; readonly i18n: I18n }): JSX.Element {
  const order = (name: string): number => (name === "name" ? 0 : name === "email" ? 1 : 2);
  const entries = Object.entries(facts).sort(([a], [b]) => order(a) - order(b) || (a < b ? -1 : 1));
  return (
    <>
      {entries.map(([name, fact]) => (
        <Fact key={name} name={name === "name" ? t("panel.name") : name === "email" ? t("panel.email") : name}>
          <bdi>{typeof fact === "boolean" ? t(fact ? "panel.yes" : "panel.no") : String(fact)}</bdi>
        </Fact>
      ))}
    </>
  );
}
