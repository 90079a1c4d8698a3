/** Import and export of canned responses as CSV: a file is shown first, line by line, and imported as a whole. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import type { CannedResponse, CannedResponseImport, ImportLine } from "../../../rest/types";
import type { CannedResponsesApi } from "../../canned_responses/api";
import { Problem } from "../../rest/api";
import { Icon } from "../../views/parts/icons";
import { isKey, sentence, type Translate, useSettingsI18n } from "../i18n";
import { Note } from "../parts/components";
import { download } from "../parts/download";
import { Card } from "../parts/forms";
import { useToast } from "../parts/toast";
import { type Loaded, useRequest } from "../parts/use_request";

const MAX_BYTES = 2 * 1024 * 1024;

interface Previewed {
  readonly file: File;
  readonly shown: CannedResponseImport;
}

interface TransferProps {
  readonly api: CannedResponsesApi;
  readonly loaded: Loaded<readonly CannedResponse[]>;
}

export function Transfer({ api, loaded }: TransferProps): JSX.Element {
  const { t, language } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const [previewed, setPreviewed] = useState<Previewed | null>(null);
  const [too_large, setTooLarge] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const look = (file: File): void => {
    setPreviewed(null);
    doing.clear();
    setTooLarge(file.size > MAX_BYTES);
    if (file.size > MAX_BYTES) return;
    void doing.run(async () => setPreviewed({ file, shown: await api.preview(file) }));
  };
  const take = ({ file, shown }: Previewed): void => {
    void doing.run(async () => {
      try {
        const done = await api.import(file, shown.plan);
        toast(t("canned.imported", { created: done.created, changed: done.changed }));
        setPreviewed(null);
        void loaded.reload();
      } catch (error) {
        // The responses have changed meanwhile: what would happen now is shown before anything does.
        if (error instanceof Problem && error.code === "stale") setPreviewed({ file, shown: await api.preview(file) });
        throw error;
      }
    });
  };
  const save = (): void => {
    void doing.run(async () => {
      download("canned-responses.csv", "text/csv", await api.csv(separatorOf(language)));
      toast(t("canned.exported"));
    });
  };
  return (
    <Card title={t("canned.files")} lead={t("canned.files.lead")}>
      <p class="transfer-buttons">
        <input
          ref={picker}
          type="file"
          accept=".csv,text/csv"
          class="sr-only"
          tabIndex={-1}
          aria-label={t("canned.import.choose")}
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            event.currentTarget.value = ""; // the same file may be chosen again
            if (file !== undefined) look(file);
          }}
        />
        <button type="button" class="button" disabled={doing.busy} onClick={() => picker.current?.click()}>
          {t("canned.import.choose")}
        </button>
        <button type="button" class="button" disabled={doing.busy} onClick={save}>
          <Icon name="download" size={16} />
          {t("canned.export")}
        </button>
        {doing.busy ? <span class="spinner" /> : null}
      </p>
      {too_large ? <Note kind="warn">{t("canned.import.large")}</Note> : null}
      {doing.problem === null ? null : (
        <div role="alert">
          <Note kind="warn">{fileSentence(doing.problem, t)}</Note>
        </div>
      )}
      {previewed === null ? null : (
        <Preview
          previewed={previewed}
          busy={doing.busy}
          onTake={() => take(previewed)}
          onClose={() => {
            setPreviewed(null);
            doing.clear();
          }}
        />
      )}
    </Card>
  );
}

interface PreviewProps {
  readonly previewed: Previewed;
  readonly busy: boolean;
  readonly onTake: () => void;
  readonly onClose: () => void;
}

function Preview({ previewed: { file, shown }, busy, onTake, onClose }: PreviewProps): JSX.Element {
  const { t } = useSettingsI18n();
  const { created, changed, unchanged, refused, lines, ignored_columns } = shown;
  const nothing = created + changed + refused === 0;
  return (
    <section class="inset transfer-preview" aria-label={t("canned.import.preview", { file: file.name })}>
      <h3>
        <bdi>{t("canned.import.preview", { file: file.name })}</bdi>
      </h3>
      <p role="status">{t("canned.import.counts", { created, changed, unchanged, refused })}</p>
      {ignored_columns.length === 0 ? null : (
        <Note>{t("canned.import.ignored", { columns: ignored_columns.join(", ") })}</Note>
      )}
      {refused > 0 ? <Note kind="warn">{t("canned.import.refused")}</Note> : null}
      {lines.length === 0 ? null : (
        <div class="transfer-lines">
          <table>
            <thead>
              <tr>
                <th scope="col">{t("canned.import.line")}</th>
                <th scope="col">{t("canned.shortcut")}</th>
                <th scope="col">{t("canned.import.outcome")}</th>
              </tr>
            </thead>
            <tbody>
              {lines.map((line) => (
                <tr key={line.line} class={`is-${line.outcome}`}>
                  <td>{line.line}</td>
                  <td>
                    <code>{line.shortcut}</code>
                  </td>
                  <td>{outcomeOf(line, t)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {lines.length < created + changed + refused ? (
        <p class="quiet">{t("canned.import.more", { n: created + changed + refused - lines.length })}</p>
      ) : null}
      <div class="card-foot">
        <button type="button" class="button" onClick={onClose}>
          {t("cancel")}
        </button>
        <button
          type="button"
          class="button is-primary"
          disabled={busy || created + changed === 0 || refused > 0}
          onClick={onTake}
        >
          {nothing ? t("canned.import.nothing") : t("canned.import.take", { n: created + changed })}
        </button>
      </div>
    </section>
  );
}

function outcomeOf(line: ImportLine, t: Translate): string {
  if (line.outcome === "created") return t("canned.import.created");
  if (line.outcome === "changed") {
    const fields = (line.fields ?? []).map((field) => t(`canned.${field}`));
    return t("canned.import.changed", { fields: fields.join(", ") });
  }
  const key = `canned.line.${line.code ?? ""}`;
  return isKey(key) ? t(key) : (line.detail ?? "");
}

function fileSentence(problem: Problem, t: Translate): string {
  const key = `canned.file.${problem.errors.find(({ field }) => field === "file")?.code ?? problem.code}`;
  return isKey(key) ? t(key) : sentence(problem, t);
}

/** Spreadsheets of locales with a decimal comma separate cells by semicolons. */
export function separatorOf(language: string): "comma" | "semicolon" {
  return new Intl.NumberFormat(language).format(1.5).includes(",") ? "semicolon" : "comma";
}
