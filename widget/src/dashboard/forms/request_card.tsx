/** A form that was sent, in the timeline: what it asks, its state and the time left; agents can cancel it. */

import type { JSX } from "preact";

import { type FormRequest, stateOf } from "../../forms/request";
import { useRequest } from "../settings/parts/use_request";
import { relativeTime } from "../settings/parts/zoned_times";
import { useNow } from "../views/hooks";
import { Icon, type IconName } from "../views/parts/icons";
import { sentence, useFormI18n } from "./i18n";
import { useFormsApi } from "./use_forms";

const ICONS = {
  open: "clock",
  filling: "note",
  answered: "check",
  expired: "clock",
  cancelled: "close",
} as const satisfies Record<string, IconName>;

interface RequestCardProps {
  readonly conversation: string;
  readonly id: string; // of the message
  readonly form: FormRequest;
  readonly filling: boolean;
}

export function RequestCard({ conversation, id, form, filling }: RequestCardProps): JSX.Element {
  const { t, language } = useFormI18n();
  const api = useFormsApi();
  const doing = useRequest();
  const now = useNow(1_000 * 15);
  const state = stateOf(filling && form.state === "open" ? "filling" : form.state, form.expires_at, now);
  const open = state === "open" || state === "filling";
  return (
    <div class="form-shown">
      <p class="form-shown-name">
        <Icon name="form" size={16} />
        <b>
          <bdi>{form.name}</bdi>
        </b>
      </p>
      <p class="form-shown-lead">{form.fields.map(({ label }) => label).join(" · ")}</p>
      <p class={`form-state is-${state}`} role="status">
        <Icon name={ICONS[state]} size={14} />
        {t(`state.${state}`)}
      </p>
      {open && form.expires_at !== null ? (
        <p class="form-shown-lead">
          <time dateTime={new Date(form.expires_at).toISOString()}>
            {t("left", { time: relativeTime(form.expires_at, now, language) })}
          </time>
        </p>
      ) : null}
      {open ? (
        <button
          type="button"
          class="button is-small"
          disabled={doing.busy}
          onClick={() => void doing.run(() => api.cancel(conversation, id))}
        >
          {t("request.cancel")}
        </button>
      ) : null}
      {doing.problem === null ? null : (
        <p class="form-problem" role="alert">
          {sentence(doing.problem, t)}
        </p>
      )}
    </div>
  );
}
