/** The notice for a stale version: shows what another person has changed, and loads the current values. */

import type { JSX } from "preact";

import type { Project } from "../../../rest/types";
import { type Loaded, useLoaded, useTouched } from "../parts/use_request";
import { Note, Shown } from "../parts/components";
import { useSettingsI18n, type Translate } from "../i18n";
import { useProject } from "./use_project";

interface StaleProps {
  readonly mine: Project; // the version that this form was filled from
  readonly loaded: Loaded<Project>;
  readonly onDone: (theirs: Project) => void;
}

export function Stale({ mine, loaded, onDone }: StaleProps): JSX.Element {
  const { api } = useProject();
  const { t } = useSettingsI18n();
  const now = useLoaded(() => api.details(), [api]);
  useTouched(now, "projects");
  return (
    <div class="wrong" role="alert">
      <Note kind="warn">
        <p>
          <b>{t("stale")}</b>
        </p>
        <Shown of={now}>
          {(theirs) => (
            <>
              <ul class="differences">
                {differences(mine, theirs, t).map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
              <button
                type="button"
                class="button is-small"
                onClick={() => {
                  loaded.set((shown) => newest(shown, theirs));
                  onDone(theirs);
                }}
              >
                {t("stale.reload")}
              </button>
            </>
          )}
        </Shown>
      </Note>
    </div>
  );
}

/** Answers may arrive in another order than the changes were made in. */
export function newest(one: Project, other: Project): Project {
  return one.version > other.version ? one : other;
}

export function differences(mine: Project, theirs: Project, t: Translate): readonly string[] {
  const found: string[] = [];
  if (mine.name !== theirs.name) found.push(t("stale.name", { name: theirs.name }));
  if (mine.history_mode !== theirs.history_mode)
    found.push(t("stale.history", { mode: t(`general.history.${theirs.history_mode}`) }));
  if (mine.reopen_on_reply !== theirs.reopen_on_reply)
    found.push(t("stale.reply", { what: t(`general.reply.${theirs.reopen_on_reply ? "reopens" : "stays"}`) }));
  for (const domain of theirs.domains) if (!mine.domains.includes(domain)) found.push(t("stale.added", { domain }));
  for (const domain of mine.domains) if (!theirs.domains.includes(domain)) found.push(t("stale.removed", { domain }));
  return found.length > 0 ? found : [t("stale.same")];
}
