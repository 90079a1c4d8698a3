/** The filter of the list: a button, and under it the conditions, which can be combined and saved as a view. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { isComposing } from "../../../ui/keys";
import { Problem } from "../../rest/api";
import { MAX_VIEWS, sameName, withView } from "../../saved_views/library";
import { useSavedViews } from "../../saved_views/use_saved_views";
import { type Filter, FILTER_STATUSES, filterOf, keyOf, MAY_WAIT } from "../../state/filter";
import { prefer } from "../../store/preferences";
import { IconButton } from "../parts/components";
import { Icon } from "../parts/icons";
import { useI18n, useInboxState, useWorkspace } from "../hooks";

const FLAGS = ["unread", "has_form", "has_note"] as const;

export function FilterButton(): JSX.Element {
  const { t } = useI18n();
  const { view } = useInboxState();
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLSpanElement>(null);
  const { unread, has_form, has_note, waiting } = filterOf(view);
  return (
    <span class="menu-anchor filter-anchor" ref={anchor}>
      <IconButton
        icon="funnel"
        label={t("filter.button")}
        pressed={unread || has_form || has_note || waiting}
        expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open ? (
        <FilterPanel
          onClose={() => {
            setOpen(false);
            anchor.current?.querySelector("button")?.focus();
          }}
        />
      ) : null}
    </span>
  );
}

function FilterPanel({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { store, user } = useWorkspace();
  const { t } = useI18n();
  const { view, members } = useInboxState();
  const panel = useRef<HTMLFormElement>(null);
  const filter = filterOf(view);
  const change = (part: Partial<Filter>): void =>
    store.dispatch({ type: "view", view: keyOf({ ...filterOf(store.state.view), ...part }) });

  useLayoutEffect(() => panel.current?.querySelector("select")?.focus(), []);
  useEffect(() => {
    const outside = (event: Event): void => {
      if (event.target instanceof Node && panel.current?.parentElement?.contains(event.target) === false) onClose();
    };
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, [onClose]);

  return (
    <form
      class="menu menu-right filter-panel"
      ref={panel}
      aria-label={t("filter.label")}
      onSubmit={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape" && !isComposing(event)) onClose();
      }}
    >
      <div class="filter-field">
        <label for="filter-status">{t("status")}</label>
        <span class="select">
          <select
            id="filter-status"
            value={filter.status ?? ""}
            onChange={(event) =>
              change({ status: FILTER_STATUSES.find((one) => one === event.currentTarget.value) ?? null })
            }
          >
            <option value="">{t("filter.any.status")}</option>
            {FILTER_STATUSES.map((status) => (
              <option key={status} value={status}>
                {t(status === "unsolved" ? "filter.unsolved" : `status.${status}`)}
              </option>
            ))}
          </select>
          <Icon name="down" size={14} />
        </span>
      </div>
      <div class="filter-field">
        <label for="filter-assignee">{t("filter.assignee")}</label>
        <span class="select">
          <select
            id="filter-assignee"
            value={filter.assignee ?? ""}
            onChange={(event) => change({ assignee: event.currentTarget.value || null })}
          >
            <option value="">{t("filter.any.assignee")}</option>
            <option value="me">{t("filter.me")}</option>
            <option value="none">{t("assign.unassigned")}</option>
            <option value="someone">{t("filter.someone")}</option>
            {members
              .filter((one) => one.user_id !== user.id)
              .map((one) => (
                <option key={one.user_id} value={one.user_id}>
                  {one.full_name}
                </option>
              ))}
          </select>
          <Icon name="down" size={14} />
        </span>
      </div>
      <div class="filter-field">
        <label for="filter-sort">{t("filter.sort")}</label>
        <span class="select">
          <select
            id="filter-sort"
            value={filter.waiting ? "waiting" : ""}
            disabled={view === "muted" || !MAY_WAIT.includes(filter.status)}
            onChange={(event) => {
              const waiting = event.currentTarget.value === "waiting";
              prefer({ waiting });
              change({ waiting });
            }}
          >
            <option value="">{t("filter.newest")}</option>
            <option value="waiting">{t("filter.waiting")}</option>
          </select>
          <Icon name="down" size={14} />
        </span>
      </div>
      {FLAGS.map((flag) => (
        <label class="filter-check" key={flag}>
          <input
            type="checkbox"
            checked={filter[flag]}
            onChange={(event) => change({ [flag]: event.currentTarget.checked })}
          />
          <span>{t(`filter.${flag}`)}</span>
        </label>
      ))}
      <SaveView filter={filter} onSaved={onClose} />
    </form>
  );
}

/** Names the filter; a view of the same name is replaced. */
function SaveView({ filter, onSaved }: { readonly filter: Filter; readonly onSaved: () => void }): JSX.Element {
  const { t } = useI18n();
  const library = useSavedViews();
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<"" | "failed" | "full">("");
  const [busy, setBusy] = useState(false);
  const replaces = library.views.some((one) => sameName(one.name, name));
  const save = async (): Promise<void> => {
    if (name.trim() === "" || busy) return;
    if (!replaces && library.views.length >= MAX_VIEWS) return setProblem("full");
    setBusy(true);
    try {
      const { waiting: _, ...saved } = filter; // the order is of this browser
      await library.change((views) => withView(views, { name: name.trim(), filter: saved }));
      onSaved();
    } catch (error) {
      setProblem(error instanceof Problem && error.code === "invalid" ? "full" : "failed");
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="filter-save">
      <input
        type="text"
        class="input"
        value={name}
        maxLength={50}
        placeholder={t("views.save.placeholder")}
        aria-label={t("views.save.placeholder")}
        onInput={(event) => {
          setName(event.currentTarget.value);
          setProblem("");
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !isComposing(event)) void save();
        }}
      />
      <button type="button" class="button is-small" disabled={name.trim() === "" || busy} onClick={() => void save()}>
        {t(replaces && name.trim() !== "" ? "views.replace" : "views.save")}
      </button>
      <span class="saved-problem" role="alert">
        {problem === "" ? "" : t(problem === "full" ? "views.full" : "views.failed", { n: MAX_VIEWS })}
      </span>
    </div>
  );
}
