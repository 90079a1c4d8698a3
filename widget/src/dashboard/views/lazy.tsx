/** Parts of the dashboard that are loaded when they are first needed, so that the inbox stays small. */

import type { ComponentType, JSX } from "preact";
import { useEffect, useReducer } from "preact/hooks";

import { Mark } from "./parts/icons";
import { Empty } from "./parts/small";
import { useI18n } from "./use";

/** A component whose file is loaded with the first look at it. `load` is an `import()` and what to take from it. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(given: P): JSX.Element {
    const [failed, setFailed] = useReducer((_: boolean, now: boolean) => now, false);
    const [, again] = useReducer((count: number) => count + 1, 0);
    useEffect(() => {
      if (loaded !== null) return;
      load().then(
        (component) => {
          loaded = component;
          again(undefined);
        },
        () => setFailed(true),
      );
    }, []);
    if (loaded === null) return failed ? <Missing /> : <Loading />;
    const Component = loaded;
    return <Component {...given} />;
  };
}

function Loading(): JSX.Element {
  const { t } = useI18n();
  return (
    <main class="splash" aria-busy="true">
      <Mark size={44} />
      <p class="sr-only">{t("loading")}</p>
    </main>
  );
}

/** Offline, or the server has a newer build that no longer has this file: loading the page anew helps in both. */
function Missing(): JSX.Element {
  const { t } = useI18n();
  return (
    <main class="splash">
      <Empty icon="wifi_off" title={t("lazy.missing")} lead={t("lazy.missing.lead")}>
        <button type="button" class="button is-primary" onClick={() => location.reload()}>
          {t("lazy.reload")}
        </button>
      </Empty>
    </main>
  );
}
