/** How the chat gets onto a site: what to paste where, whether it was seen, and which sites were refused. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { readable } from "../settings/project/domain_names";
import { copyText } from "../store/clipboard";
import { Icon } from "../views/parts/icons";
import { useFirstStepsI18n } from "./i18n";
import { codeFor, PLATFORMS, platformName, type Platform, whereKey } from "./platforms";
import type { SitesAtHand } from "./sites";
import { useAgo } from "./ago";

const COPIED_DURATION = 2_500; // ms

export function Install({ project }: { readonly project: string }): JSX.Element {
  const { t } = useFirstStepsI18n();
  const [platform, setPlatform] = useState<Platform>("html");
  const [copied, setCopied] = useState(false);
  const code = codeFor(platform, location.origin, project);
  const copy = async (): Promise<void> => {
    if (!(await copyText(code))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_DURATION);
  };
  return (
    <div class="install">
      <label class="install-kind">
        <span>{t("site.kind")}</span>
        <span class="select">
          <select value={platform} onChange={(event) => setPlatform(event.currentTarget.value as Platform)}>
            {PLATFORMS.map((one) => (
              <option key={one} value={one}>
                {platformName(one, t("site.html"))}
              </option>
            ))}
          </select>
          <Icon name="down" size={16} />
        </span>
      </label>
      <p class="install-where">{t(whereKey(platform))}</p>
      <pre class="snippet" role="group" tabIndex={0} aria-label={t("site.code")}>
        <code>{code}</code>
      </pre>
      <button type="button" class="button is-small" onClick={() => void copy()}>
        <Icon name={copied ? "check" : "copy"} size={16} />
        {t(copied ? "site.copied" : "site.copy")}
      </button>
    </div>
  );
}

/** Whether the widget was seen, by the latest site. */
export function Seen({ at: { sites, failed } }: { readonly at: SitesAtHand }): JSX.Element | null {
  const { t } = useFirstStepsI18n();
  const ago = useAgo();
  const last = sites?.seen[0];
  if (sites === null && !failed) return null;
  return (
    <p class={last === undefined ? "site-seen" : "site-seen is-seen"} role="status">
      {last === undefined ? (
        <>
          {failed ? <Icon name="alert" size={16} /> : <span class="spinner" />}
          {t(failed ? "site.unknown" : "site.waiting")}
        </>
      ) : (
        <>
          <Icon name="check" size={16} />
          <bdi>{t("site.seen", { host: readable(last.host), when: ago(last.at) })}</bdi>
        </>
      )}
    </p>
  );
}

interface RefusedProps {
  readonly at: SitesAtHand;
  readonly manager: boolean;
}

/** The sites that were refused, each with a way to allow it. */
export function Refused({ at: { sites, allow }, manager }: RefusedProps): JSX.Element | null {
  const { t } = useFirstStepsI18n();
  const ago = useAgo();
  const [busy, setBusy] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const refused = sites?.refused ?? [];
  const go = async (host: string): Promise<void> => {
    setBusy(host);
    const done = await allow(host);
    setBusy(null);
    setSaid(t(done ? "refused.allowed" : "refused.failed", { host: readable(host) }));
  };
  if (refused.length === 0 && said === "") return null;
  return (
    <section class="refused" aria-label={t("refused.title")}>
      {refused.length === 0 ? null : (
        <ul>
          {refused.map(({ host, at }) => (
            <li key={host}>
              <Icon name="alert" size={16} />
              <span>
                <b>
                  <bdi>{t("refused.one", { host: readable(host), when: ago(at) })}</bdi>
                </b>
                {readable(host) === host ? null : <code>{host}</code>}
                <small>{t(manager ? "refused.lead" : "refused.agent")}</small>
              </span>
              {manager ? (
                <button
                  type="button"
                  class="button is-small"
                  aria-label={t("refused.allow", { host: readable(host) })}
                  disabled={busy !== null}
                  aria-busy={busy === host}
                  onClick={() => void go(host)}
                >
                  {t("refused.go")}
                </button>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      <p class={said === "" ? "sr-only" : "refused-said"} role="status">
        {said}
      </p>
    </section>
  );
}
