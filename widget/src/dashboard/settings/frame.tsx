/** The frame of every settings page: back link, navigation, page and toast. */

import type { ComponentChildren, JSX } from "preact";
import { useCallback, useContext, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { guardNavigation, pathOf, type Route, navigate } from "../router";
import type { MyProject } from "../../rest/types";
import { Icon } from "../views/parts/icons";
import { Menu } from "../views/parts/menu";
import { SkipLinks } from "../views/parts/skip";
import { Face } from "../views/parts/components";
import { useSession } from "../views/session";
import { WorkspaceContext, useNarrow } from "../views/hooks";
import { anyUnsaved, forgetUnsaved } from "./parts/unsaved";
import { Confirm } from "./parts/components";
import { To } from "../views/parts/to";
import { ToastContext } from "./parts/toast";
import { type SettingsKey, useSettingsI18n } from "./i18n";
import { ACCOUNT, ADMIN, PROJECT, sectionOf, type Sections } from "./sections";

const TOAST_DURATION = 5_000; // ms

interface FrameProps {
  readonly route: Route;
  readonly title: string;
  readonly lead?: string;
  readonly nav?: boolean; // no section chosen: a narrow screen shows the navigation
  readonly children: ComponentChildren;
}

export function Frame({ route, title, lead, nav = false, children }: FrameProps): JSX.Element {
  const { t } = useSettingsI18n();
  const narrow = useNarrow();
  const [message, setMessage] = useState<{ readonly text: string } | null>(null);
  const [wanted, setWanted] = useState<Route | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const toast = useCallback((text: string) => setMessage({ text }), []);
  const workspace = useContext(WorkspaceContext);

  useLayoutEffect(() => {
    heading.current?.focus();
    document.title = `${title} · ${t("parley")}`;
  }, [title]);
  useEffect(() => {
    if (message === null) return undefined;
    const timer = setTimeout(() => setMessage(null), TOAST_DURATION);
    return () => clearTimeout(timer);
  }, [message]);
  useGuard(setWanted);
  usePaletteKey(() => workspace?.go.dialog("palette"));

  return (
    <ToastContext.Provider value={toast}>
      <div class={nav ? "pages at-nav" : "pages"}>
        <SkipLinks to={[["page", t("skip")]]} />
        <Nav route={route} chooses={nav && narrow} />
        <main class="page" id="page" tabIndex={-1} hidden={nav && narrow}>
          <div class="page-column">
            <header class="page-head">
              {narrow ? (
                <To route={{ ...route, section: "" } as Route} class="page-back">
                  <Icon name="back" size={16} />
                  {t("nav.all")}
                </To>
              ) : null}
              <h1 ref={heading} tabIndex={-1}>
                {title}
              </h1>
              {lead === undefined ? null : <p>{lead}</p>}
            </header>
            {children}
          </div>
        </main>
        <div class="toasts" role="status">
          {message === null ? null : (
            <p class="toast is-good">
              <Icon name="check" size={16} />
              {message.text}
            </p>
          )}
        </div>
      </div>
      {wanted === null ? null : (
        <Confirm
          title={t("leaving")}
          lead={t("leaving.lead")}
          action={t("leaving.go")}
          onClose={() => setWanted(null)}
          onConfirm={async () => {
            forgetUnsaved();
            navigate(wanted);
          }}
        />
      )}
    </ToastContext.Provider>
  );
}

/** Asks before the user leaves unsaved changes, on any kind of navigation. */
function useGuard(ask: (to: Route) => void): void {
  useEffect(() => {
    const stop = guardNavigation((to) => {
      if (!anyUnsaved()) return true;
      ask(to);
      return false;
    });
    const closing = (event: BeforeUnloadEvent): void => {
      if (anyUnsaved()) event.preventDefault();
    };
    addEventListener("beforeunload", closing);
    return () => {
      stop();
      removeEventListener("beforeunload", closing);
    };
  }, []);
}

function usePaletteKey(open: () => void): void {
  const latest = useRef(open);
  latest.current = open;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      latest.current();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

let left: string | null = null; // the path of the page that was shown last

/** `chooses`: it is shown instead of a page. */
function Nav({ route, chooses }: { readonly route: Route; readonly chooses: boolean }): JSX.Element {
  const { user, projects } = useSession();
  const { t } = useSettingsI18n();
  const workspace = useContext(WorkspaceContext);
  const project = projects.find((one) => one.id === workspace?.project.id) ?? projects[0];
  const nav = useRef<HTMLElement>(null);
  const path = pathOf(route);
  useLayoutEffect(() => {
    const items = [...(nav.current?.querySelectorAll<HTMLElement>(".pages-item") ?? [])];
    const item = items.find((one) =>
      chooses ? one.getAttribute("href") === left : one.getAttribute("aria-current") === "page",
    );
    item?.scrollIntoView({ block: "nearest" });
    if (chooses) item?.focus({ preventScroll: true });
    else left = path;
  }, [path, chooses]);
  return (
    <nav class="pages-nav" aria-label={t("nav")} ref={nav}>
      <To route={{ name: "inbox", project: project?.id ?? null, conversation: null }} class="pages-home">
        <Icon name="back" size={16} />
        {t("nav.inbox")}
      </To>
      <Group title={t("nav.account")}>
        {ACCOUNT.map(({ id }) => (
          <Item key={id} at={route} to={{ name: "account", section: id }} />
        ))}
      </Group>
      {project === undefined ? null : (
        <Group title={<ProjectPick project={project} at={route} />}>
          {PROJECT.filter(({ parent }) => parent === undefined).map(({ id }) => (
            <Item key={id} at={route} to={{ name: "project settings", project: project.id, section: id }} />
          ))}
        </Group>
      )}
      <To route={{ name: "new project" }} class="pages-item" current={route.name === "new project"}>
        <Icon name="plus" size={16} />
        {t("nav.new")}
      </To>
      {user.is_admin ? (
        <Group title={t("nav.admin")}>
          {ADMIN.map(({ id }) => (
            <Item key={id} at={route} to={{ name: "admin", section: id }} />
          ))}
        </Group>
      ) : null}
    </nav>
  );
}

function Group({
  title,
  children,
}: {
  readonly title: ComponentChildren;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="pages-group">
      <div class="pages-title">{title}</div>
      <ul>{children}</ul>
    </div>
  );
}

type Sectioned = Extract<Route, { section: string }>;

const SECTIONS: Readonly<Record<Sectioned["name"], Sections>> = {
  account: ACCOUNT,
  "project settings": PROJECT,
  admin: ADMIN,
};

function Item({ at, to }: { readonly at: Route; readonly to: Sectioned }): JSX.Element {
  const { t } = useSettingsI18n();
  const { icon } = sectionOf(SECTIONS[to.name], to.section);
  const shown = sectionOf(SECTIONS[to.name], at.name === to.name ? at.section : "");
  const here = at.name === to.name && (shown.parent ?? shown.id) === to.section;
  return (
    <li>
      <To route={to} class="pages-item" current={here}>
        <Icon name={icon} size={16} />
        {t(titleKey(to))}
      </To>
    </li>
  );
}

export function titleKey({ name, section }: Sectioned): SettingsKey {
  const prefix = name === "project settings" ? "project" : name;
  return `${prefix}.${section}` as SettingsKey; // unknown sections never get here
}

/** The project of these settings, and a switch to another one. */
function ProjectPick({ project, at }: { readonly project: MyProject; readonly at: Route }): JSX.Element {
  const { projects } = useSession();
  const { t } = useSettingsI18n();
  const [open, setOpen] = useState(false);
  const name = (
    <>
      <Face id={project.id} name={project.name} size="tiny" />
      <span class="pages-project">{project.name}</span>
    </>
  );
  if (projects.length < 2) return <span class="pages-pick">{name}</span>;
  return (
    <span class="menu-anchor">
      <button
        type="button"
        class="pages-pick"
        aria-haspopup="listbox"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {name}
        <Icon name="down" size={14} />
        <span class="sr-only">{t("nav.switch")}</span>
      </button>
      {open ? (
        <Menu
          label={t("nav.switch")}
          choices={projects.map((one) => ({
            id: one.id,
            label: one.name,
            checked: one.id === project.id,
            before: <Face id={one.id} name={one.name} size="tiny" />,
          }))}
          onClose={() => setOpen(false)}
          onPick={(id) => {
            setOpen(false);
            navigate({
              name: "project settings",
              project: id,
              section: at.name === "project settings" ? at.section : "general",
            });
          }}
        />
      ) : null}
    </span>
  );
}
