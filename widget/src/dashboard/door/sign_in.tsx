/** The door: e-mail and password, and a plain sentence when they do not open it. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { type Api, Problem, type SignedIn } from "../desk/api";
import { allowSound } from "../desk/notices";
import type { Say } from "../texts/say";
import { Icon, Mark } from "../views/parts/icons";
import { useWords } from "../views/use";

interface SignInProps {
  readonly api: Api;
  readonly ended: boolean; // a session was lost, it is not a first visit
  readonly onSignedIn: (answer: SignedIn) => void;
}

export function SignIn({ api, ended, onSignedIn }: SignInProps): JSX.Element {
  const { say } = useWords();
  const [busy, setBusy] = useState(false);
  const [visible, setVisible] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const email = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);

  useLayoutEffect(() => {
    if (password.current !== null) password.current.type = visible ? "text" : "password";
  }, [visible]);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    allowSound();
    const missing = email.current?.value.trim() === "" ? email : password.current?.value === "" ? password : null;
    if (missing !== null) {
      setWrong(say(missing === email ? "signin.email.needed" : "signin.password.needed"));
      return missing.current?.focus();
    }
    setBusy(true);
    setWrong(null);
    try {
      onSignedIn(await api.ask<SignedIn>("POST", "/auth/login", { email: email.current?.value.trim() ?? "", password: password.current?.value ?? "" }));
    } catch (error) {
      setWrong(sentence(error, say));
      setBusy(false);
      password.current?.select();
    }
  };

  return (
    <main class="signin">
      <form class="signin-card" onSubmit={(event) => void submit(event)} noValidate>
        <Mark size={44} />
        <h1>{say("signin.title")}</h1>
        <p class="signin-lead">{ended ? say("signin.ended") : say("signin.lead")}</p>
        <div class="signin-wrong" role="alert">
          {wrong === null ? null : <p><Icon name="alert" size={16} />{wrong}</p>}
        </div>
        <label class="field">
          <span>{say("signin.email")}</span>
          <input ref={email} type="email" name="email" autocomplete="username" autocapitalize="none"
            spellcheck={false} autofocus required aria-invalid={wrong !== null} />
        </label>
        <label class="field">
          <span>{say("signin.password")}</span>
          <span class="field-with-button">
            <input ref={password} type="password" name="password"
              autocomplete="current-password" required aria-invalid={wrong !== null} />
            <button type="button" class="icon-button" aria-label={say(visible ? "signin.hide" : "signin.show")}
              aria-pressed={visible} onClick={() => setVisible(!visible)}>
              <Icon name={visible ? "eye_off" : "eye"} />
            </button>
          </span>
        </label>
        <button type="submit" class="button is-primary is-wide" disabled={busy}>
          {say(busy ? "signin.busy" : "signin.submit")}
        </button>
      </form>
    </main>
  );
}

function sentence(error: unknown, say: Say): string {
  if (!(error instanceof Problem)) throw error;
  if (error.status === 429) return say("signin.slow", { n: Math.max(1, Math.ceil((error.retry_after ?? 60) / 60)) });
  return error.temporary ? say("signin.away") : say("signin.wrong");
}
