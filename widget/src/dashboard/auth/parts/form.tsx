/** The form of the sign-in pages: real fields for password managers, errors next to the fields, one request at a
 *  time. */

import { type ComponentChildren, createContext, type JSX, type TargetedInputEvent } from "preact";
import { useContext, useEffect, useId, useRef, useState } from "preact/hooks";

import { allowSound } from "../../store/notices";
import { Icon } from "../../views/parts/icons";
import { type Failure, failureFrom } from "../rest";
import { useAuthI18n } from "../i18n";

export type Values = Readonly<Record<string, string>>;
export type FieldErrors = Readonly<Record<string, string>>;

interface FormErrors {
  readonly wrong: FieldErrors;
  readonly changed: (field: string) => void; // the field changed: its error may no longer apply
}

const FormErrorsContext = createContext<FormErrors>({ wrong: {}, changed: () => undefined });

interface FormProps {
  readonly submit: string;
  readonly busy: string;
  /** Errors found before a request is sent, by field. */
  readonly check: (values: Values) => FieldErrors;
  /** Sends the form. A refusal by REST is shown; `explain` may replace its message. */
  readonly send: (values: Values) => Promise<void>;
  readonly explain?: (error: unknown) => Partial<Failure> | null;
  readonly children: ComponentChildren;
  readonly after?: ComponentChildren; // shown below the error, such as a link
}

export function Form({ submit, busy, check, send, explain, children, after }: FormProps): JSX.Element {
  const { t } = useAuthI18n();
  const form = useRef<HTMLFormElement>(null);
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [failures, setFailures] = useState(0);
  const left = useCountdown(failure?.wait ?? 0, failure);

  // An effect and not a layout effect: the fields receive their errors after the form.
  useEffect(() => {
    if (failures === 0) return;
    // When the whole form was refused, the password is most likely wrong: focus it.
    const first = form.current?.querySelector<HTMLInputElement>("[aria-invalid=true], [autocomplete=current-password]");
    first?.focus();
    first?.select();
  }, [failures]);

  const fail = (given: Failure): void => {
    setFailure(given);
    setFailures((count) => count + 1);
  };
  // Keeps the wait time; every other error was about the old value.
  const changed = (field: string): void =>
    setFailure((now) => {
      if (now === null || now.wait > 0) return now;
      const { [field]: _, ...fields } = now.fields;
      return { general: null, fields, wait: 0 };
    });

  const submitted = async (event: Event): Promise<void> => {
    event.preventDefault();
    allowSound();
    if (sending || left > 0 || form.current === null) return;
    const values = valuesOf(form.current);
    const wrong = check(values);
    if (Object.keys(wrong).length > 0) return fail({ general: null, fields: wrong, wait: 0 });
    setSending(true);
    setFailure(null);
    try {
      await send(values);
    } catch (error) {
      fail({ ...failureFrom(error, t), ...explain?.(error) });
    } finally {
      setSending(false);
    }
  };

  return (
    <FormErrorsContext.Provider value={{ wrong: failure?.fields ?? {}, changed }}>
      <form class="auth-form" ref={form} noValidate onSubmit={(event) => void submitted(event)}>
        <div class="auth-wrong" role="alert">
          {failure === null || failure.general === null ? null : (
            <p>
              <Icon name="alert" size={16} />
              {failure.general}
            </p>
          )}
        </div>
        {after}
        {children}
        <button type="submit" class="button is-primary is-wide" aria-disabled={sending || left > 0}>
          {sending ? (
            <>
              <span class="spinner" />
              {busy}
            </>
          ) : left > 0 ? (
            <Wait left={left} />
          ) : (
            submit
          )}
        </button>
      </form>
    </FormErrorsContext.Provider>
  );
}

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly type?: "text" | "email" | "password";
  readonly autocomplete: string;
  readonly hint?: string;
  readonly value?: string;
  readonly fixed?: boolean; // shown and sent, read-only
  readonly code?: boolean; // the digits of a second factor
  readonly focused?: boolean; // focused when it appears
  readonly onInput?: (value: string) => void;
  readonly children?: ComponentChildren; // below the field
}

export function Field({
  label,
  name,
  type = "text",
  autocomplete,
  hint,
  value,
  fixed = false,
  code = false,
  focused = false,
  onInput,
  children,
}: FieldProps): JSX.Element {
  const { t } = useAuthI18n();
  const id = useId();
  const settingsTranslator = useContext(FormErrorsContext);
  const wrong = settingsTranslator.wrong[name];
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    if (focused) document.getElementById(id)?.focus();
  }, [focused, id]);
  const plain = type === "email" || code;
  const described_by = [wrong === undefined ? "" : `${id}-wrong`, hint === undefined ? "" : `${id}-hint`]
    .join(" ")
    .trim();
  const common = {
    id,
    name,
    autocomplete,
    required: true,
    readOnly: fixed,
    "aria-invalid": wrong !== undefined,
    "aria-describedby": described_by === "" ? undefined : described_by,
    autocapitalize: plain ? "none" : undefined,
    spellcheck: plain || type === "password" ? false : undefined,
    onInput: (event: TargetedInputEvent<HTMLInputElement>) => {
      settingsTranslator.changed(name);
      onInput?.(event.currentTarget.value);
    },
    ...(value === undefined ? {} : { defaultValue: value }),
  } as const;
  const input =
    type === "password" && !visible ? (
      <input {...common} type="password" />
    ) : type === "email" ? (
      <input {...common} type="email" />
    ) : code ? (
      <input {...common} type="text" inputMode="numeric" />
    ) : (
      <input {...common} type="text" />
    );
  return (
    <div class={code ? "field is-code" : "field"}>
      <label for={id}>{label}</label>
      {type !== "password" ? (
        input
      ) : (
        <span class="field-with-button">
          {input}
          <button
            type="button"
            class="icon-button"
            aria-label={t(visible ? "signin.hide" : "signin.show")}
            aria-pressed={visible}
            onClick={() => setVisible(!visible)}
          >
            <Icon name={visible ? "eye_off" : "eye"} />
          </button>
        </span>
      )}
      {wrong === undefined ? null : (
        <p class="field-wrong" id={`${id}-wrong`}>
          {wrong}
        </p>
      )}
      {hint === undefined ? null : (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children}
    </div>
  );
}

export function EmailField({
  value,
  fixed = false,
}: {
  readonly value?: string;
  readonly fixed?: boolean;
}): JSX.Element {
  const { t } = useAuthI18n();
  return (
    <Field
      label={t("signin.email")}
      name="email"
      type="email"
      autocomplete="username"
      fixed={fixed}
      {...(value === undefined ? {} : { value })}
    />
  );
}

/** Seconds until `seconds` have passed since `since` changed; 0 when there is nothing to wait for. */
export function useCountdown(seconds: number, since: unknown): number {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const end = Date.now() + seconds * 1_000;
    const update = (): void => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1_000)));
    update();
    if (seconds <= 0) return undefined;
    const timer = setInterval(update, 500);
    return () => clearInterval(timer);
  }, [seconds, since]);
  return seconds <= 0 ? 0 : left;
}

export function Wait({ left }: { readonly left: number }): JSX.Element {
  const { t } = useAuthI18n();
  return (
    <>{left < 60 ? t("wait.seconds", { n: left }) : t("wait.minutes", { m: Math.floor(left / 60), n: left % 60 })}</>
  );
}

/** The values as typed; blanks are trimmed except in passwords. */
function valuesOf(form: HTMLFormElement): Values {
  const entries = [...new FormData(form)].map(([name, value]) => [
    name,
    name.includes("password") ? String(value) : String(value).trim(),
  ]);
  return Object.fromEntries(entries) as Values;
}
