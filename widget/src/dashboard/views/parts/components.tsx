/** Small components of every view: avatars, empty states, skeletons. */

import type { ComponentChildren, JSX } from "preact";

import type { TimeTexts } from "../../state/times";
import { hueOf, initialsOf } from "../../state/avatars";
import type { Translate } from "../../texts/i18n";
import { Icon, type IconName } from "./icons";

interface FaceProps {
  readonly id: string;
  readonly name: string;
  readonly ai?: string | undefined; // the assistant's sign, instead of initials
  readonly size?: "tiny" | "small" | "normal" | "large";
  readonly online?: boolean | undefined;
  readonly image?: string | null | undefined; // URL of the user's own picture
}

export function Face({ id, name, ai, size = "normal", online, image = null }: FaceProps): JSX.Element {
  return (
    <span class={`face face-${size} ${ai === undefined ? `hue-${hueOf(id)}` : "is-ai"}`} aria-hidden="true">
      {image === null ? (ai ?? initialsOf(name)) : <img class="face-image" src={image} alt="" draggable={false} />}
      {online === undefined ? null : <span class={online ? "dot is-online" : "dot"} />}
    </span>
  );
}

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly lead?: string;
  readonly children?: ComponentChildren;
}

export function Empty({ icon, title, lead, children }: EmptyProps): JSX.Element {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={26} />
      </span>
      <p class="empty-title">{title}</p>
      {lead === undefined ? null : <p class="empty-lead">{lead}</p>}
      {children}
    </div>
  );
}

interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: () => void;
  readonly pressed?: boolean;
  readonly expanded?: boolean; // of a button with a panel
  readonly disabled?: boolean;
  readonly keys?: string;
  readonly class?: string;
}

export function IconButton({
  icon,
  label,
  onClick,
  pressed,
  expanded,
  disabled,
  keys,
  class: extra = "",
}: IconButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class={`icon-button ${extra}`}
      aria-label={label}
      title={keys === undefined ? label : `${label} (${keys})`}
      aria-pressed={pressed}
      aria-expanded={expanded}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

export function Dots(): JSX.Element {
  return (
    <span class="dots" aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}

export function timeTexts(t: Translate): TimeTexts {
  return {
    now: t("time.now"),
    minutes: t("time.minutes"),
    hours: t("time.hours"),
    today: t("time.today"),
    yesterday: t("time.yesterday"),
  };
}
