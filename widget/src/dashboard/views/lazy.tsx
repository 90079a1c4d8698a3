/** Lazy loading: parts of the dashboard that are loaded on first use, so that the inbox stays small. */

import type { ComponentType, JSX } from "preact";
import { useEffect, useReducer } from "preact/hooks";

import { textsReady } from "../texts/areas";
import { Mark } from "./parts/icons";
import { Empty } from "./parts/components";
import { useI18n } from "./hooks";

/** A component whose module is loaded on first render. `load` is an `import()` that resolves to the component.
 *  `Instead`: shown until then, and if that fails; the next time it is rendered it is loaded again. */
export function lazy<P extends object>(
  load: () => Promise<ComponentType<P>>,
  Instead?: ComponentType<P>,
): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(given: P): JSX.Element {
    const [failed, setFailed] = useReducer((_: boolean, now: boolean) => now, false);
    const [, rerender] = useReducer((count: number) => count + 1, 0);
    useEffect(() => {
      if (loaded !== null) return;
      load().then(
        async (component) => {
          await textsReady();
          loaded = component;
          rerender(undefined);
        },
        () => setFailed(true),
      );
    }, []);
    if (loaded === null && Instead !== undefined) return <Instead {...given} />;
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

/** Offline, or the server has a newer build without this file: reloading the page helps in both cases. */
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
