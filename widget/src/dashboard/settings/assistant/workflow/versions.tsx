/** The published versions: compared with the draft, and restored into it. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Shown, When } from "../../parts/components";
import { Wrong } from "../../parts/forms";
import { useToast } from "../../parts/toast";
import { useLoaded, useRequest, useTouched } from "../../parts/use_request";
import type { WorkflowVersion } from "../../../../rest/types";
import type { AssistantApi } from "../api";
import { useAssistantI18n } from "../i18n";
import { DiffView } from "./diff_view";
import type { Editor } from "./use_editor";

interface VersionsProps {
  readonly editor: Editor;
  readonly api: AssistantApi;
}

export function Versions({ editor, api }: VersionsProps): JSX.Element {
  const { t } = useAssistantI18n();
  const loaded = useLoaded(() => api.versions(null), [api]);
  useTouched(loaded, "assistant");
  const doing = useRequest();
  const [open, setOpen] = useState<number | null>(null);
  const more = (cursor: string): void => {
    void doing.run(async () => {
      const next = await api.versions(cursor);
      loaded.set((now) => ({ ...next, items: [...now.items, ...next.items] }));
    });
  };
  return (
    <Shown of={loaded}>
      {({ items, next_cursor }) => (
        <>
          {items.length === 0 ? <p class="nothing">{t("flow.versions.none")}</p> : null}
          <ol class="flow-versions">
            {items.map((version) => (
              <Item
                key={version.number}
                of={version}
                open={version.number === open}
                onOpen={() => setOpen(version.number === open ? null : version.number)}
              >
                <Compared editor={editor} api={api} number={version.number} />
              </Item>
            ))}
          </ol>
          <Wrong problem={doing.problem} />
          {next_cursor === null ? null : (
            <button type="button" class="button is-small" disabled={doing.busy} onClick={() => more(next_cursor)}>
              {t("more")}
            </button>
          )}
        </>
      )}
    </Shown>
  );
}

interface ItemProps {
  readonly of: WorkflowVersion;
  readonly open: boolean;
  readonly onOpen: () => void;
  readonly children: JSX.Element;
}

function Item({ of: { number, note, published_at, published_by }, open, onOpen, children }: ItemProps): JSX.Element {
  const { t } = useAssistantI18n();
  return (
    <li>
      <p>
        <b>{t("flow.version", { n: number })}</b>{" "}
        <small>
          {published_by?.full_name ?? t("flow.someone")} · <When at={published_at} />
        </small>
      </p>
      {note === "" ? null : <p class="is-content">{note}</p>}
      <button
        type="button"
        class="button is-small"
        aria-expanded={open}
        aria-label={t("flow.compare.of", { n: number })}
        onClick={onOpen}
      >
        {t("flow.compare")}
      </button>
      {open ? children : null}
    </li>
  );
}

function Compared({ editor, api, number }: VersionsProps & { readonly number: number }): JSX.Element {
  const { t } = useAssistantI18n();
  const toast = useToast();
  const loaded = useLoaded(() => api.version(number), [api, number]);
  return (
    <Shown of={loaded}>
      {({ workflow }) => (
        <div class="flow-compared">
          <p class="setting-hint">{t("flow.compare.lead", { n: number })}</p>
          <DiffView before={workflow} after={editor.workflow} />
          {editor.editable ? (
            <button
              type="button"
              class="button is-small"
              onClick={() => {
                editor.dispatch({ type: "replace", workflow });
                toast(t("flow.restored", { n: number }));
              }}
            >
              {t("flow.restore")}
            </button>
          ) : null}
        </div>
      )}
    </Shown>
  );
}
