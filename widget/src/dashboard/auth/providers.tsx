/** Sign-in by OIDC provider: a button for each, and the route to return to afterwards. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { SignInOptions } from "../../rest/types";
import { type Api, Problem } from "../rest/api";
import { type Route, routeOf, safePath } from "../router";
import { Icon } from "../views/parts/icons";
import { rest, sentence } from "./rest";
import { useAuthI18n } from "./i18n";

const RETURN = "parley:return"; // in sessionStorage: for this tab only

let asked: Promise<SignInOptions> | null = null;

/** The server's sign-in options; null until loaded. Requested once per page. */
export function useOptions(api: Api): SignInOptions | null {
  const [options, set] = useState<SignInOptions | null>(null);
  useEffect(() => {
    asked ??= rest.options(api);
    asked.then(set, () => {
      asked = null; // the next page asks again; signing in by password works without it
    });
  }, [api]);
  return options;
}

interface ProvidersProps {
  readonly api: Api;
  readonly to: string; // path, with its fragment where needed
}

export function Providers({ api, to }: ProvidersProps): JSX.Element | null {
  const { t } = useAuthI18n();
  const options = useOptions(api);
  const [leaving, setLeaving] = useState<string | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  if (options === null || options.providers.length === 0) return null;
  const leave = async (provider: string): Promise<void> => {
    if (leaving !== null) return;
    setLeaving(provider);
    setWrong(null);
    try {
      const { url } = await rest.toProvider(api, provider);
      keepReturn(to);
      if (/^https?:\/\//.test(url)) location.assign(url);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setWrong(sentence(error, t));
      setLeaving(null);
    }
  };
  return (
    <div class="auth-providers">
      <p class="auth-or">
        <span>{t("or")}</span>
      </p>
      <div class="auth-wrong" role="alert">
        {wrong === null ? null : (
          <p>
            <Icon name="alert" size={16} />
            {wrong}
          </p>
        )}
      </div>
      {options.providers.map(({ id, name }) => (
        <button
          key={id}
          type="button"
          class="button is-wide"
          aria-disabled={leaving !== null}
          onClick={() => void leave(id)}
        >
          {leaving === id ? <span class="spinner" /> : <Icon name="external" size={16} />}
          {t("signin.provider", { name })}
        </button>
      ))}
    </div>
  );
}

function keepReturn(to: string): void {
  try {
    sessionStorage.setItem(RETURN, to);
  } catch {
    // Without storage the user returns to the inbox.
  }
}

/** The route to go to after the provider's redirect; can be taken once. */
export function takeReturn(): Route {
  let kept = "";
  try {
    kept = sessionStorage.getItem(RETURN) ?? "";
    sessionStorage.removeItem(RETURN);
  } catch {
    // as above
  }
  const [path = "", hash = ""] = kept.split("#");
  const wanted = path === "/app/invitation" ? path : safePath(path);
  return routeOf({ pathname: wanted === "" ? "/app" : wanted, search: "", hash: hash === "" ? "" : `#${hash}` });
}
