/** A page with the project's chat, on which an agent is a visitor. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { pathOf, type Route, navigate } from "../router";
import { Mark } from "../views/parts/icons";
import { useFirstStepsI18n } from "./i18n";

/** Of the widget, on this page as on a customer's. */
interface Chat {
  open(): void;
  destroy(): void;
}

export function TryPage({ project }: { readonly project: string }): JSX.Element {
  const { t } = useFirstStepsI18n();
  const [failed, setFailed] = useState(false);
  const inbox: Route = { name: "inbox", project, conversation: null };
  useEffect(() => {
    document.title = t("try.title");
  }, [t]);
  useEffect(() => {
    const script = document.createElement("script");
    script.src = "/widget.js";
    script.dataset["project"] = project;
    const chat = (): Chat | undefined => (window as { Parley?: Chat }).Parley;
    let shown = true;
    script.onload = () => (shown ? chat()?.open() : chat()?.destroy());
    script.onerror = () => setFailed(true);
    document.head.append(script);
    return () => {
      shown = false;
      script.remove();
      chat()?.destroy();
    };
  }, [project]);
  return (
    <main class="splash try-page">
      <Mark size={44} />
      <h1>{t("try.title")}</h1>
      <p>{t("try.lead")}</p>
      <p class="try-visitor">{t("try.visitor")}</p>
      {failed ? <p role="alert">{t("try.failed")}</p> : null}
      <a
        class="button"
        href={pathOf(inbox)}
        onClick={(event) => {
          event.preventDefault();
          navigate(inbox);
        }}
      >
        {t("try.inbox")}
      </a>
    </main>
  );
}
