/** Account › Profile: what colleagues and visitors see, in which language and zone. */

import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";

import { AccountApi } from "../../desk/account_api";
import { prefer } from "../../desk/preferences";
import { Face } from "../../views/parts/small";
import { useSession } from "../../views/session";
import { useDoing } from "../parts/asking";
import { Card, Field, SelectField, Submit, submitting, TextField, useWrongField, Wrong } from "../parts/forms";
import { useUnsaved } from "../parts/leaving";
import { useTold } from "../parts/told";
import { useTexts } from "../words";
import { avatarOf, NoPicture } from "./avatar";

const LANGUAGES = [
  ["en", "English"],
  ["vi", "Tiếng Việt"],
] as const;

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
  const { say } = useTexts();
  const tell = useTold();
  const doing = useDoing();
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
        tell(say("profile.picture.saved"));
      } catch (error) {
        if (!(error instanceof NoPicture)) throw error;
        setWrong(say("profile.picture.none"));
      }
    });
    if (file.current !== null) file.current.value = ""; // the same file may be chosen again
  };
  const remove = (): void => {
    void doing.run(async () => {
      changed(await account.removeAvatar());
      tell(say("profile.picture.removed"));
    });
  };

  return (
    <Card title={say("profile.picture")} lead={say("profile.picture.lead")}>
      <div class="picture">
        <Face id={user.id} name={user.full_name} size="large" image={user.avatar_url} />
        <Field label={say("profile.picture.choose")} error={wrong} hint={say("profile.picture.hint")}>
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
            {say("profile.picture.remove")}
          </button>
        )}
      </div>
      <Wrong problem={doing.problem} />
    </Card>
  );
}

function Profile(): JSX.Element {
  const { api, user, changed } = useSession();
  const { say } = useTexts();
  const tell = useTold();
  const doing = useDoing();
  const wrong = useWrongField(doing.problem);
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
      tell(say("saved"));
    });
  };
  // At once: whoever cannot read this page should not have to find its button.
  const speak = (language: string): void => {
    void doing.run(async () => {
      const fresh = await account.change({ language });
      prefer({ language: "" }); // what this machine was told before gives way to the profile
      changed(fresh);
    });
  };

  return (
    <Card title={say("profile.about")} lead={say("profile.about.lead")}>
      <form
        onSubmit={submitting(
          () => void save(),
          () => name.trim() !== "",
        )}
        noValidate
      >
        <TextField
          label={say("profile.name")}
          value={name}
          onInput={setName}
          autocomplete="name"
          most={100}
          error={name.trim() === "" ? say("profile.name.needed") : wrong("full_name")}
          hint={say("profile.name.hint")}
        />
        <SelectField
          label={say("profile.language")}
          value={user.language === "vi" ? "vi" : "en"}
          choices={LANGUAGES}
          onPick={speak}
          hint={say("profile.language.hint")}
          error={wrong("language")}
        />
        <ZoneField value={zone} onPick={setZone} error={wrong("timezone")} />
        <Wrong problem={doing.problem} besides={["full_name", "language", "timezone"]} />
        <Submit label={say("save")} busy={doing.busy} disabled={!dirty} />
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
  const { say } = useTexts();
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const choices = useMemo(() => {
    // "UTC" is a zone that browsers do not list.
    const zones = [...new Set([...Intl.supportedValuesOf("timeZone"), "UTC", own, value])].sort();
    return zones.map((zone) => [zone, zone.replaceAll("_", " ")] as const);
  }, [own, value]);
  const suggestion =
    own === value ? (
      say("profile.zone.hint")
    ) : (
      <>
        {say("profile.zone.other")}{" "}
        <button type="button" class="link" onClick={() => onPick(own)}>
          {say("profile.zone.use", { zone: own.replaceAll("_", " ") })}
        </button>
      </>
    );
  return (
    <SelectField
      label={say("profile.zone")}
      value={value}
      choices={choices}
      onPick={onPick}
      hint={suggestion}
      error={error}
    />
  );
}
