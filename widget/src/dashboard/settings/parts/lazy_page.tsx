/** A page of the settings whose module is loaded when it is opened. */

import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { textsReady } from "../../texts/areas";
import { useSettingsI18n } from "../i18n";

type State = "loading" | "failed" | "loaded";

/** `load` is an `import()` that resolves to the page; after a failure the user may try again. */
export function lazyPage<P extends object>(load: () => Promise<ComponentType<P>>): (given: P) => JSX.Element {
  let loaded: ComponentType<P> | null = null;
  return function LazyPage(given: P): JSX.Element {
    const [state, setState] = useState<State>(loaded === null ? "loading" : "loaded");
    useEffect(() => {
      if (state !== "loading") return;
      load().then(
        async (Page) => {
          await textsReady(); // those that came with the module
          loaded = Page;
          setState("loaded");
        },
        () => setState("failed"),
      );
    }, [state]);
    if (state === "loaded" && loaded !== null) {
      const Page = loaded;
      return <Page {...given} />;
    }
    return state === "failed" ? <Missing onRetry={() => setState("loading")} /> : <Bones />;
  };
}

function Bones(): JSX.Element {
  const { t } = useSettingsI18n();
  return (
    <div class="bones" aria-busy="true">
      <span class="sr-only">{t("loading")}</span>
      <i class="bone is-long" />
      <i class="bone" />
      <i class="bone is-long" />
    </div>
  );
}

/** Offline, or the server has a newer build without this file: then only reloading the page helps. */
function Missing({ onRetry }: { readonly onRetry: () => void }): JSX.Element {
  const { t } = useSettingsI18n();
  return (
    <div class="not-shown" role="alert">
      <p>{t("problem.away")}</p>
      <button type="button" class="button is-small" onClick={onRetry}>
        {t("again")}
      </button>
    </div>
  );
}
