/** Starts an import: of a page, of a sitemap, or of a file. */

import type { JSX } from "preact";
import { useId, useMemo, useRef, useState } from "preact/hooks";

import type { ArticleImport } from "../../../../rest/types";
import type { KnowledgeApi } from "../../../knowledge/api";
import { Icon } from "../../../views/parts/icons";
import { Switch } from "../../../views/parts/switch";
import { Card, Field, SelectField, Submit, submitting, TextField, useFieldError, Wrong } from "../../parts/forms";
import { useToast } from "../../parts/toast";
import { useUnsaved } from "../../parts/unsaved";
import { useLoaded, useRequest } from "../../parts/use_request";
import { useKnowledgeI18n } from "../i18n";
import { languageChoices } from "../languages";
import { ENDINGS, faultOf, type FileFault, typeOf } from "./files";

const KINDS = ["address", "sitemap", "file"] as const;
const REFETCH = ["never", "1", "7", "30"] as const; // days

interface Draft {
  readonly kind: (typeof KINDS)[number];
  readonly url: string;
  readonly category: string;
  readonly language: string; // "": what each page says
  readonly publish: boolean;
  readonly refetch: (typeof REFETCH)[number];
}

const EMPTY: Draft = { kind: "address", url: "", category: "", language: "", publish: false, refetch: "never" };

interface ImportFormProps {
  readonly api: KnowledgeApi;
  readonly onStarted: (started: ArticleImport) => void;
}

export function ImportForm({ api, onStarted }: ImportFormProps): JSX.Element {
  const { t, language } = useKnowledgeI18n();
  const toast = useToast();
  const doing = useRequest();
  const refused = useFieldError(doing.problem);
  const counts = useLoaded(() => api.counts(), [api]);
  const [draft, setDraft] = useState(EMPTY);
  const [submitted, setSubmitted] = useState(false);
  const [file, setFile] = useState<File | null>(null);
  const picker = useRef<HTMLInputElement>(null);
  const list = useId();
  useUnsaved(draft.url !== "" || file !== null);
  const set = (change: Partial<Draft>): void => setDraft((now) => ({ ...now, ...change }));
  const languages = useMemo(
    () => [["", t("imports.language.auto")] as const, ...languageChoices([], language)],
    [t, language],
  );
  const is_file = draft.kind === "file";
  const url_wrong = !/^https?:\/\/[^\s/]+/.test(draft.url.trim());
  const fault = faultOf(file);
  const ready = (): boolean => {
    const wrong = is_file ? fault !== null : url_wrong;
    setSubmitted(wrong);
    return !wrong;
  };
  const start = (): void => {
    void doing.run(async () => {
      const { kind, url, category, publish, refetch } = draft;
      const options = { category, publish, language: draft.language };
      if (kind === "file") {
        const type = typeOf(file?.name ?? "");
        if (file === null || type === null) return;
        onStarted(await api.importFile(file, type, options));
      } else {
        const refetch_days = refetch === "never" ? null : Number(refetch);
        onStarted(await api.import({ ...options, kind, url: url.trim(), refetch_days }));
      }
      toast(t("imports.started"));
      set({ url: "" });
      setFile(null);
      setSubmitted(false);
      if (picker.current !== null) picker.current.value = "";
    });
  };
  return (
    <Card title={t("imports.new")} lead={t("imports.new.lead")}>
      <form onSubmit={submitting(start, ready)} noValidate>
        <fieldset class="radios import-kinds">
          <legend>{t("imports.kind")}</legend>
          {KINDS.map((kind) => (
            <label class="radio" key={kind}>
              <input type="radio" name="kind" checked={draft.kind === kind} onChange={() => set({ kind })} />
              <span>
                <b>{t(`imports.kind.${kind}`)}</b>
                <small>{t(`imports.kind.${kind}.lead`)}</small>
              </span>
            </label>
          ))}
        </fieldset>
        {is_file ? (
          <Field label={t("imports.file")} error={submitted && fault !== null ? fileText(fault, t) : refused("file")}>
            {(given) => (
              <input
                {...given}
                ref={picker}
                class="file"
                type="file"
                accept={ENDINGS.join(",")}
                onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)}
              />
            )}
          </Field>
        ) : (
          <TextField
            label={t("imports.url")}
            hint={t(draft.kind === "sitemap" ? "imports.url.sitemap.hint" : "imports.url.address.hint")}
            value={draft.url}
            onInput={(url) => set({ url })}
            most={2_000}
            placeholder="https://"
            error={(submitted && url_wrong) || refused("url") !== null ? t("imports.url.wrong") : null}
          />
        )}
        <div class="article-fields">
          <Field label={t("article.category")} hint={t("imports.category.hint")} error={refused("category")}>
            {(given) => (
              <>
                <input
                  {...given}
                  class="input"
                  type="text"
                  list={list}
                  maxLength={50}
                  autocomplete="off"
                  value={draft.category}
                  onInput={(event) => set({ category: event.currentTarget.value })}
                />
                <datalist id={list}>
                  {counts.value?.categories
                    .filter(({ name }) => name !== "")
                    .map(({ name }) => (
                      <option key={name} value={name} />
                    ))}
                </datalist>
              </>
            )}
          </Field>
          <SelectField
            label={t("article.language")}
            value={draft.language}
            onPick={(picked) => set({ language: picked })}
            choices={languages}
          />
          {is_file ? null : (
            <SelectField
              label={t("imports.refetch")}
              hint={draft.refetch === "never" ? undefined : t("imports.refetch.hint")}
              value={draft.refetch}
              onPick={(refetch) => set({ refetch })}
              choices={REFETCH.map((days) => [days, t(`imports.refetch.${days}`)] as const)}
            />
          )}
        </div>
        <Switch
          label={t("imports.publish")}
          lead={t("imports.publish.lead")}
          on={draft.publish}
          onChange={(publish) => set({ publish })}
        />
        {doing.problem?.code === "too_many" ? (
          <div class="wrong" role="alert">
            <p>
              <Icon name="alert" size={16} />
              {t("imports.too_many")}
            </p>
          </div>
        ) : (
          <Wrong problem={doing.problem} besides={is_file ? ["file", "category"] : ["url", "category"]} />
        )}
        <Submit label={t("imports.start")} busy={doing.busy} />
      </form>
    </Card>
  );
}

function fileText(fault: FileFault, t: ReturnType<typeof useKnowledgeI18n>["t"]): string {
  return fault === "missing" ? t("fault.required") : t(`imports.file.${fault}`);
}
