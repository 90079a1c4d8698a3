/** The frame of every page before the inbox: a card with a heading; focus goes to the first field, or to the heading. */

import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import type { Route } from "../../router";
import { Icon, type IconName, Mark } from "../../views/parts/icons";
import { useAuthI18n } from "../i18n";

interface CardProps {
  readonly title: string;
  readonly lead?: ComponentChildren;
  readonly icon?: IconName;
  readonly tone?: "good" | "bad";
  readonly children?: ComponentChildren;
}

export function Card({ title, lead, icon, tone, children }: CardProps): JSX.Element {
  const { t } = useAuthI18n();
  const card = useRef<HTMLDivElement>(null);
  // Moving the focus makes a screen reader announce the new page.
  useLayoutEffect(() => {
    const first =
      card.current?.querySelector<HTMLElement>("input:not([readonly])") ?? card.current?.querySelector("h1");
    first?.focus();
  }, [title]);
  useLayoutEffect(() => {
    document.title = `${title} · ${t("app.name")}`;
    return () => {
      document.title = t("app.name");
    };
  }, [title, t]);
  return (
    <main class="signin">
      <div class="signin-card" ref={card}>
        {icon === undefined ? (
          <Mark size={44} />
        ) : (
          <span class={`auth-icon is-${tone ?? "plain"}`}>
            <Icon name={icon} size={26} />
          </span>
        )}
        <h1 tabIndex={-1}>{title}</h1>
        {lead === undefined ? null : <p class="signin-lead">{lead}</p>}
        {children}
      </div>
    </main>
  );
}

/** A card shown while a request is pending. */
export function Waiting({ title }: { readonly title: string }): JSX.Element {
  return (
    <main class="signin">
      <div class="signin-card" aria-busy="true">
        <Mark size={44} />
        <p class="auth-waiting" role="status">
          <span class="spinner" />
          {title}
        </p>
      </div>
    </main>
  );
}

/** A text with an address in it, which goes to the next line as a whole where it fits there. */
export function WithAddress({ text, address }: { readonly text: string; readonly address: string }): JSX.Element {
  const [before = "", after = ""] = text.split(address);
  return (
    <span>
      {before}
      <bdi class="unbroken">{address}</bdi>
      {after}
    </span>
  );
}

/** The foot of a card: a question and a link. */
export function Foot({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <p class="auth-foot">{children}</p>;
}

export const SIGN_IN: Route = { name: "sign in", to: "" };
export const INBOX: Route = { name: "inbox", project: null, conversation: null };
