/** The narrow column at the left: the project, the inbox, search, settings, and the account of the agent. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Bell } from "../mentions/bell";
import { type Route, navigate, useRoute } from "../router";
import { Icon, type IconName, Mark } from "./parts/icons";
import { Menu } from "./parts/menu";
import { Face } from "./parts/components";
import { useInboxState, useWorkspace, useI18n } from "./hooks";

const ACCOUNT: Route = { name: "account", section: "" };
const ROUTES: Readonly<Record<string, Route>> = { account: ACCOUNT, admin: { name: "admin", section: "" } };

export function Rail(): JSX.Element {
  const { user, project, projects, go } = useWorkspace();
  const { t } = useI18n();
  const { live } = useInboxState();
  const copilot = useRoute().name === "copilot";
  const [menu, setMenu] = useState<"project" | "account" | null>(null);
  const close = (): void => setMenu(null);
  return (
    <nav class="rail" aria-label={t("app.name")}>
      <span class="rail-mark">
        <Mark size={30} />
      </span>
      <span class="menu-anchor">
        <button
          type="button"
          class="rail-project"
          aria-haspopup="listbox"
          aria-expanded={menu === "project"}
          title={project.name}
          onClick={() => setMenu(menu === "project" ? null : "project")}
        >
          <Face id={project.id} name={project.name} size="normal" />
          <span class="sr-only">
            {t("project.switch")}: {project.name}
          </span>
        </button>
        {menu === "project" ? (
          <Menu
            label={t("project.switch")}
            choices={[
              ...projects.map((one) => ({
                id: one.id,
                label: one.name,
                hint: t(`project.role.${one.role}`),
                checked: one.id === project.id,
                before: <Face id={one.id} name={one.name} size="tiny" />,
              })),
              { id: "new", label: t("project.new"), before: <Icon name="plus" size={16} /> },
            ]}
            onPick={(id) => {
              close();
              if (id === "new") navigate({ name: "new project" });
              else if (id !== project.id) go.project(id);
            }}
            onClose={close}
          />
        ) : null}
      </span>
      <RailItem icon="inbox" text={t("rail.inbox")} here={!copilot} onClick={() => go.open(null)} />
      <RailItem
        icon="sparkle"
        text={t("copilot")}
        here={copilot}
        wide
        onClick={() => navigate({ name: "copilot", project: project.id, place: "" })}
      />
      <Bell />
      <span class="rail-space" />
      <RailItem
        icon="search"
        text={t("rail.find")}
        label={t("rail.palette")}
        keys="Ctrl K"
        onClick={() => go.dialog("palette")}
      />
      <RailItem
        icon="gear"
        text={t("rail.setup")}
        label={t("rail.project")}
        onClick={() => navigate({ name: "project settings", project: project.id, section: "" })}
      />
      <span class="menu-anchor">
        <button
          type="button"
          class="rail-me"
          aria-haspopup="listbox"
          aria-expanded={menu === "account"}
          title={`${user.full_name} · ${user.email}`}
          onClick={() => setMenu(menu === "account" ? null : "account")}
        >
          <Face id={user.id} name={user.full_name} size="small" online={live === "open"} image={user.avatar_url} />
          <span class="sr-only">
            {t("account")}: {user.full_name}
          </span>
        </button>
        {menu === "account" ? (
          <Menu
            label={t("account")}
            side="up"
            choices={[
              { id: "account", label: t("rail.account"), before: <Icon name="user" size={16} /> },
              { id: "settings", label: t("rail.settings"), before: <Icon name="sliders" size={16} /> },
              { id: "keys", label: t("rail.shortcuts"), before: <Icon name="keyboard" size={16} /> },
              ...(user.is_admin
                ? [{ id: "admin", label: t("rail.admin"), before: <Icon name="shield" size={16} /> }]
                : []),
              { id: "out", label: t("account.signout"), hint: user.email, before: <Icon name="signout" size={16} /> },
            ]}
            onPick={(id) => {
              close();
              if (id === "out") go.signOut();
              else if (id === "settings" || id === "keys") go.dialog(id);
              else navigate(ROUTES[id] ?? ACCOUNT);
            }}
            onClose={close}
          />
        ) : null}
      </span>
    </nav>
  );
}

interface RailItemProps {
  readonly icon: IconName;
  readonly text: string; // one short word under the icon
  readonly label?: string; // the whole name, where the word is only part of it
  readonly keys?: string;
  readonly here?: boolean;
  readonly wide?: boolean; // not on the narrowest phones: the palette leads there
  readonly onClick: () => void;
}

function RailItem({ icon, text, label = text, keys, here = false, wide = false, onClick }: RailItemProps): JSX.Element {
  return (
    <button
      type="button"
      class={`rail-item${here ? " is-here" : ""}${wide ? " is-wide" : ""}`}
      aria-current={here ? "page" : undefined}
      aria-label={label}
      title={keys === undefined ? label : `${label} (${keys})`}
      onClick={onClick}
    >
      <Icon name={icon} size={20} />
      <span>{text}</span>
    </button>
  );
}
