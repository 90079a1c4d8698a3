/** What the agent wants to hear of, what notifications show, and when it is quiet: for all devices. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";

import type { NotificationPreferences, NotificationPreferencesChange } from "../../../../rest/types";
import { keepPreferences, PATH } from "../../../notifications/account";
import { partOf } from "../../../state/select";
import { Switch } from "../../../views/parts/switch";
import { useSession } from "../../../views/session";
import { Shown } from "../../parts/components";
import { Card, Field, SelectField, Wrong } from "../../parts/forms";
import { useToast } from "../../parts/toast";
import { useLoaded, useRequest, useTouched } from "../../parts/use_request";
import { exactTimeIn } from "../../parts/zoned_times";
import { useSettingsI18n } from "../../i18n";

const HOUR = 3_600_000; // ms
const USUAL = { since: "20:00", until: "08:00" };
const MONDAY = Date.UTC(2024, 0, 1);

export function WhenCard(): JSX.Element {
  const { api, user } = useSession();
  const { t, language } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const loaded = useLoaded(() => api.call<NotificationPreferences>("GET", PATH), [api]);
  useTouched(loaded, partOf("notifications", user.id));

  const shown = useRef<NotificationPreferences | null>(null); // as on screen: what was chosen last is in it
  const unsaved = useRef(false);
  if (!doing.busy && !unsaved.current) shown.current = loaded.value;

  /** Shows the choice at once. One that is made while another is being saved is saved after it. */
  const save = (now: NotificationPreferences, change: Partial<NotificationPreferencesChange>): void => {
    shown.current = { ...(shown.current ?? now), ...change };
    loaded.set(shown.current);
    unsaved.current = true;
    void doing.run(async () => {
      try {
        while (unsaved.current) {
          unsaved.current = false;
          const { timezone: _, ...body } = shown.current ?? now;
          const saved = await api.call<NotificationPreferences>(
            "PUT",
            PATH,
            body satisfies NotificationPreferencesChange,
          );
          shown.current = { ...(shown.current ?? saved), version: saved.version };
          keepPreferences(saved);
        }
        loaded.set(shown.current ?? now);
        toast(t("saved"));
      } catch (error) {
        unsaved.current = false;
        await loaded.reload();
        throw error;
      }
    });
  };

  return (
    <Card title={t("when.title")} lead={t("when.lead")}>
      <Shown of={loaded}>
        {(now) => (
          <>
            <Switch
              label={t("when.unassigned")}
              lead={t("when.unassigned.lead")}
              on={now.unassigned}
              onChange={(unassigned) => save(now, { unassigned })}
            />
            <SelectField
              label={t("when.shown")}
              hint={t("when.shown.hint")}
              value={now.shown}
              choices={[
                ["nothing", t("when.shown.nothing")],
                ["name", t("when.shown.name")],
                ["text", t("when.shown.text")],
              ]}
              onPick={(shown) => save(now, { shown })}
            />
            <Switch
              label={t("when.quiet")}
              lead={t("when.quiet.lead", { zone: now.timezone })}
              on={now.quiet_hours !== null}
              onChange={(on) => save(now, { quiet_hours: on ? USUAL : null })}
            />
            {now.quiet_hours === null ? null : (
              <div class="quiet-hours">
                <Clock
                  label={t("when.since")}
                  value={now.quiet_hours.since}
                  onPick={(since) => save(now, { quiet_hours: { ...(now.quiet_hours ?? USUAL), since } })}
                />
                <Clock
                  label={t("when.until")}
                  value={now.quiet_hours.until}
                  onPick={(until) => save(now, { quiet_hours: { ...(now.quiet_hours ?? USUAL), until } })}
                />
              </div>
            )}
            <fieldset class="setting quiet-days">
              <legend>{t("when.days")}</legend>
              {[0, 1, 2, 3, 4, 5, 6].map((day) => (
                <label key={day}>
                  <input
                    type="checkbox"
                    checked={now.quiet_days.includes(day)}
                    onChange={(event) => save(now, { quiet_days: toggled(now, day, event.currentTarget.checked) })}
                  />
                  {dayName(day, language)}
                </label>
              ))}
            </fieldset>
            <Mute now={now} busy={doing.busy} onMute={(muted_until) => save(now, { muted_until })} />
            <Wrong problem={doing.problem} />
          </>
        )}
      </Shown>
    </Card>
  );
}

function Clock(given: {
  readonly label: string;
  readonly value: string;
  readonly onPick: (value: string) => void;
}): JSX.Element {
  return (
    <Field label={given.label}>
      {(field) => (
        <input
          {...field}
          class="input"
          type="time"
          value={given.value}
          // Not while a person types the hours: a browser says "" until both parts are there.
          onBlur={({ currentTarget: { value } }) => {
            if (value !== "" && value !== given.value) given.onPick(value.slice(0, 5));
          }}
        />
      )}
    </Field>
  );
}

function Mute(given: {
  readonly now: NotificationPreferences;
  readonly busy: boolean;
  readonly onMute: (until: number | null) => void;
}): JSX.Element {
  const { t, language } = useSettingsI18n();
  const { muted_until, timezone } = given.now;
  const muted = muted_until !== null && muted_until > Date.now();
  return (
    <div class="setting" role="group" aria-label={t("when.mute")}>
      <p>{muted ? t("when.muted", { time: exactTimeIn(muted_until, language, timezone) }) : t("when.mute")}</p>
      <p class="button-row">
        {muted ? (
          <button type="button" class="button" disabled={given.busy} onClick={() => given.onMute(null)}>
            {t("when.unmute")}
          </button>
        ) : (
          [1, 8, 24].map((hours) => (
            <button
              key={hours}
              type="button"
              class="button"
              disabled={given.busy}
              onClick={() => given.onMute(Date.now() + hours * HOUR)}
            >
              {hours === 1 ? t("when.mute.hour") : t("when.mute.hours", { n: hours })}
            </button>
          ))
        )}
      </p>
    </div>
  );
}

function toggled({ quiet_days }: NotificationPreferences, day: number, on: boolean): number[] {
  return on ? [...quiet_days, day] : quiet_days.filter((one) => one !== day);
}

/** 0 is Monday. */
function dayName(day: number, language: string): string {
  const format = new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" });
  return format.format(MONDAY + day * 24 * HOUR);
}
