/** Account › Profile: what colleagues and visitors see, in which language and zone. */

import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";

import { AccountApi } from "../../rest/account_api";
import { prefer } from "../../store/preferences";
import { BASE } from "../../texts/areas";
import { known, LANGUAGES, nameOfLanguage } from "../../texts/i18n";
import { Face } from "../../views/parts/components";
import { useSession } from "../../views/session";
import { useRequest } from "../parts/use_request";
import { Card, Field, SelectField, Submit, submitting, TextField, useFieldError, Wrong } from "../parts/forms";
import { useUnsaved } from "../parts/unsaved";
import { useToast } from "../parts/toast";
import { useSettingsI18n } from "../i18n";
import { avatarOf, NoPicture } from "./avatar";

const CHOICES = LANGUAGES.map((language) => [language, nameOfLanguage(language)] as const);

export function ProfilePage(): JSX.Element {
  return (
    <>
      <Picture />
      <Profile />
    </>
  );
}

function Picture(): JSX.Element {
  const { api, user, changed } = useSession();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const [wrong, setWrong] = useState<string | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const account = useMemo(() => new AccountApi(api), [api]);

  const upload = async (chosen: File | undefined): Promise<void> => {
    setWrong(null);
    if (chosen === undefined) return;
    await doing.run(async () => {
      try {
        const { media_type, image } = await avatarOf(chosen);
        changed(await account.setAvatar(media_type, image));
        toast(t("profile.picture.saved"));
      } catch (error) {
        if (!(error instanceof NoPicture)) throw error;
        setWrong(t("profile.picture.none"));
      }
    });
    if (file.current !== null) file.current.value = ""; // allows choosing the same file again
  };
  const remove = (): void => {
    void doing.run(async () => {
      changed(await account.removeAvatar());
      toast(t("profile.picture.removed"));
    });
  };

  return (
    <Card title={t("profile.picture")} lead={t("profile.picture.lead")}>
      <div class="picture">
        <Face id={user.id} name={user.full_name} size="large" image={user.avatar_url} />
        <Field label={t("profile.picture.choose")} error={wrong} hint={t("profile.picture.hint")}>
          {(given) => (
            <input
              {...given}
              ref={file}
              class="file"
              type="file"
              accept="image/png,image/jpeg,image/webp,image/gif"
              disabled={doing.busy}
              onChange={(event) => void upload(event.currentTarget.files?.[0])}
            />
          )}
        </Field>
        {user.avatar_url === null ? null : (
          <button type="button" class="button is-small" disabled={doing.busy} onClick={remove}>
            {t("profile.picture.remove")}
          </button>
        )}
      </div>
      <Wrong problem={doing.problem} />
    </Card>
  );
}

function Profile(): JSX.Element {
  const { api, user, changed } = useSession();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const wrong = useFieldError(doing.problem);
  const [name, setName] = useState(user.full_name);
  const [zone, setZone] = useState(user.timezone);
  const account = useMemo(() => new AccountApi(api), [api]);
  const dirty = name.trim() !== user.full_name || zone !== user.timezone;
  useUnsaved(dirty);

  const save = async (): Promise<void> => {
    await doing.run(async () => {
      const fresh = await account.change({ full_name: name.trim(), timezone: zone });
      setName(fresh.full_name);
      changed(fresh);
      toast(t("saved"));
    });
  };
  // Saved at once: a user who cannot read this language should not have to find the save button.
  const speak = (language: string): void => {
    void doing.run(async () => {
      const fresh = await account.change({ language });
      prefer({ language: "" }); // the profile overrides the preference of this browser
      changed(fresh);
    });
  };

  return (
    <Card title={t("profile.about")} lead={t("profile.about.lead")}>
      <form
        onSubmit={submitting(
          () => void save(),
          () => name.trim() !== "",
        )}
        noValidate
      >
        <TextField
          label={t("profile.name")}
          value={name}
          onInput={setName}
          autocomplete="name"
          most={100}
          error={name.trim() === "" ? t("profile.name.needed") : wrong("full_name")}
          hint={t("profile.name.hint")}
        />
        <SelectField
          label={t("profile.language")}
          value={known(user.language) ?? BASE}
          choices={CHOICES}
          onPick={speak}
          hint={t("profile.language.hint")}
          error={wrong("language")}
        />
        <ZoneField value={zone} onPick={setZone} error={wrong("timezone")} />
        <Wrong problem={doing.problem} besides={["full_name", "language", "timezone"]} />
        <Submit label={t("save")} busy={doing.busy} disabled={!dirty} />
      </form>
    </Card>
  );
}

interface ZoneProps {
  readonly value: string;
  readonly onPick: (zone: string) => void;
  readonly error: string | null;
}

function ZoneField({ value, onPick, error }: ZoneProps): JSX.Element {
  const { t } = useSettingsI18n();
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const choices = useMemo(() => {
    // "UTC" is a zone that browsers do not list.
    const zones = [...new Set([...Intl.supportedValuesOf("timeZone"), "UTC", own, value])].sort();
    return zones.map((zone) => [zone, zone.replaceAll("_", " ")] as const);
  }, [own, value]);
  const suggestion =
    own === value ? (
      t("profile.zone.hint")
    ) : (
      <>
        {t("profile.zone.other")}{" "}
        <button type="button" class="link" onClick={() => onPick(own)}>
          {t("profile.zone.use", { zone: own.replaceAll("_", " ") })}
        </button>
      </>
    );
  return (
    <SelectField
      label={t("profile.zone")}
      value={value}
      choices={choices}
      onPick={onPick}
      hint={suggestion}
      error={error}
    />
  );
}
