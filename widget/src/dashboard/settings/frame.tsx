/** The frame of every settings page: the way back, all the places there are, the page, and what was told. */

import type { ComponentChildren, JSX } from "preact";
import { useCallback, useContext, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { guardPlace, type Place, visit } from "../places";
import type { Project } from "../state/model";
import { Icon, type IconName } from "../views/parts/icons";
import { Menu } from "../views/parts/menu";
import { SkipLinks } from "../views/parts/skip";
import { Face } from "../views/parts/small";
import { useSession } from "../views/session";
import { RoomContext, useNarrow } from "../views/use";
import { anyUnsaved, forgetUnsaved } from "./parts/leaving";
import { Confirm, To } from "./parts/pieces";
import { ToldContext } from "./parts/told";
import { type SettingsKey, useTexts } from "./words";

const TOLD_STAYS = 5_000; // ms

export const ACCOUNT = ["profile", "email", "security", "sessions", "linked", "close"] as const;
export const PROJECT = ["general", "domains", "members", "invitations", "api-keys", "audit", "close"] as const;
export const ADMIN = ["users", "projects", "status", "audit"] as const;

const ICONS: Readonly<Record<string, IconName>> = {
  profile: "user",
  email: "send",
  security: "lock",
  sessions: "screen",
  linked: "link",
  close: "signout",
  general: "sliders",
  domains: "globe",
  members: "users",
  invitations: "mail",
  "api-keys": "key",
  audit: "note",
  users: "users",
  projects: "flag",
  status: "check",
};

interface FrameProps {
  readonly place: Place;
  readonly title: string;
  readonly lead?: string;
  readonly nav?: boolean; // nothing was chosen yet: a narrow screen shows where one can go
  readonly children: ComponentChildren;
}

export function Frame({ place, title, lead, nav = false, children }: FrameProps): JSX.Element {
  const { say } = useTexts();
  const narrow = useNarrow();
  const [told, setTold] = useState<{ readonly text: string } | null>(null);
  const [wanted, setWanted] = useState<Place | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const tell = useCallback((text: string) => setTold({ text }), []);
  const room = useContext(RoomContext);

  useLayoutEffect(() => {
    heading.current?.focus();
    document.title = `${title} · ${say("parley")}`;
  }, [title]);
  useEffect(() => {
    if (told === null) return undefined;
    const timer = setTimeout(() => setTold(null), TOLD_STAYS);
    return () => clearTimeout(timer);
  }, [told]);
  useGuard(setWanted);
  usePaletteKey(() => room?.go.dialog("palette"));

  return (
    <ToldContext.Provider value={tell}>
      <div class={nav ? "pages at-nav" : "pages"}>
        <SkipLinks to={[["page", say("skip")]]} />
        <Nav place={place} />
        <main class="page" id="page" tabIndex={-1} hidden={nav && narrow}>
          <div class="page-column">
            <header class="page-head">
              {narrow ? (
                <To place={{ ...place, section: "" } as Place} class="page-back">
                  <Icon name="back" size={16} />
                  {say("nav.all")}
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
          {told === null ? null : (
            <p class="toast is-good">
              <Icon name="check" size={16} />
              {told.text}
            </p>
          )}
        </div>
      </div>
      {wanted === null ? null : (
        <Confirm
          title={say("leaving")}
          lead={say("leaving.lead")}
          action={say("leaving.go")}
          onClose={() => setWanted(null)}
          onConfirm={async () => {
            forgetUnsaved();
            visit(wanted);
          }}
        />
      )}
    </ToldContext.Provider>
  );
}

/** Asks before unsaved changes are left, whichever way. */
function useGuard(ask: (to: Place) => void): void {
  useEffect(() => {
    const stop = guardPlace((to) => {
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

function Nav({ place }: { readonly place: Place }): JSX.Element {
  const { user, projects } = useSession();
  const { say } = useTexts();
  const room = useContext(RoomContext);
  const project = projects.find((one) => one.id === room?.project.id) ?? projects[0];
  return (
    <nav class="pages-nav" aria-label={say("nav")}>
      <To place={{ name: "inbox", project: project?.id ?? null, conversation: null }} class="pages-home">
        <Icon name="back" size={16} />
        {say("nav.inbox")}
      </To>
      <Group title={say("nav.account")}>
        {ACCOUNT.map((section) => (
          <Item key={section} at={place} to={{ name: "account", section }} />
        ))}
      </Group>
      {project === undefined ? null : (
        <Group title={<ProjectPick project={project} at={place} />}>
          {PROJECT.map((section) => (
            <Item key={section} at={place} to={{ name: "project settings", project: project.id, section }} />
          ))}
        </Group>
      )}
      <To place={{ name: "new project" }} class="pages-item" current={place.name === "new project"}>
        <Icon name="plus" size={16} />
        {say("nav.new")}
      </To>
      {user.is_admin ? (
        <Group title={say("nav.admin")}>
          {ADMIN.map((section) => (
            <Item key={section} at={place} to={{ name: "admin", section }} />
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

type Sectioned = Extract<Place, { section: string }>;

function Item({ at, to }: { readonly at: Place; readonly to: Sectioned }): JSX.Element {
  const { say } = useTexts();
  const first = { account: ACCOUNT[0], "project settings": PROJECT[0], admin: ADMIN[0] }[to.name];
  const here = at.name === to.name && (at.section === "" ? first : at.section) === to.section;
  return (
    <li>
      <To place={to} class="pages-item" current={here}>
        <Icon name={ICONS[to.section] ?? "sliders"} size={16} />
        {say(titleKey(to))}
      </To>
    </li>
  );
}

export function titleKey({ name, section }: Sectioned): SettingsKey {
  const prefix = name === "project settings" ? "project" : name;
  return `${prefix}.${section}` as SettingsKey; // a section that is none never gets here
}

/** Whose settings these are, and another project's. */
function ProjectPick({ project, at }: { readonly project: Project; readonly at: Place }): JSX.Element {
  const { projects } = useSession();
  const { say } = useTexts();
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
        <span class="sr-only">{say("nav.switch")}</span>
      </button>
      {open ? (
        <Menu
          label={say("nav.switch")}
          choices={projects.map((one) => ({
            id: one.id,
            label: one.name,
            checked: one.id === project.id,
            before: <Face id={one.id} name={one.name} size="tiny" />,
          }))}
          onClose={() => setOpen(false)}
          onPick={(id) => {
            setOpen(false);
            visit({
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
