/** The logo: from a file or from the web, converted by the browser, uploaded as PNG. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import type { Id } from "../../../rest/types";
import type { AppearanceApi } from "../../appearance/api";
import { Problem } from "../../rest/api";
import { TextField } from "../parts/forms";
import { useRequest } from "../parts/use_request";
import { useAppearanceI18n } from "./i18n";
import { smallPng } from "./picture";

interface LogoProps {
  readonly api: AppearanceApi;
  readonly project: Id;
  readonly logo: Id | null;
  readonly onChange: (logo: Id | null) => void;
}

export function Logo({ api, project, logo, onChange }: LogoProps): JSX.Element {
  const { t } = useAppearanceI18n();
  const doing = useRequest();
  const [url, setUrl] = useState("");
  const [wrong, setWrong] = useState<"look.logo.wrong" | "look.logo.unreachable" | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const take = async (picture: Blob): Promise<void> => {
    const png = await smallPng(picture).catch(() => null);
    if (png === null) return setWrong("look.logo.wrong");
    onChange((await api.upload(png)).logo);
    setUrl("");
  };
  const run = (work: () => Promise<void>): void => {
    setWrong(null);
    void doing.run(async () => {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "invalid") throw error;
        setWrong("look.logo.unreachable");
      }
    });
  };
  return (
    <div class="setting">
      <span id="look-logo">{t("look.logo")}</span>
      <div class="look-logo" role="group" aria-labelledby="look-logo">
        {logo === null ? null : <img src={`/logos/${project}/${logo}`} alt={t("look.logo")} />}
        <button type="button" class="button is-small" disabled={doing.busy} onClick={() => file.current?.click()}>
          {t("look.logo.choose")}
        </button>
        {logo === null ? null : (
          <button type="button" class="button is-small" onClick={() => onChange(null)}>
            {t("look.logo.remove")}
          </button>
        )}
        <input
          ref={file}
          type="file"
          hidden
          accept="image/*"
          aria-label={t("look.logo.choose")}
          onChange={({ currentTarget }) => {
            const chosen = currentTarget.files?.[0];
            currentTarget.value = "";
            if (chosen) run(() => take(chosen));
          }}
        />
      </div>
      <TextField
        label={t("look.logo.url")}
        value={url}
        onInput={setUrl}
        most={2000}
        code
        placeholder="https://"
        error={wrong === null ? null : t(wrong)}
        hint={t("look.logo.hint")}
      />
      <p>
        <button
          type="button"
          class="button is-small"
          disabled={doing.busy || url.trim() === ""}
          aria-busy={doing.busy}
          onClick={() =>
            run(async () => {
              const { media_type, content } = await api.fetch(url.trim());
              const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
              await take(new Blob([bytes], { type: media_type }));
            })
          }
        >
          {t("look.logo.fetch")}
        </button>
      </p>
    </div>
  );
}
