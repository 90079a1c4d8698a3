/** Form fields with their errors, the cards that hold them, and the message for other errors. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Problem } from "../../rest/api";
import { Icon } from "../../views/parts/icons";
import { fieldSentence, sentence, useSettingsI18n } from "../i18n";

interface CardProps {
  readonly title: string;
  readonly lead?: ComponentChildren;
  readonly danger?: boolean;
  readonly same?: boolean; // same as the page's title: only for screen readers, not shown twice
  readonly children?: ComponentChildren;
}

export function Card({ title, lead, danger = false, same = false, children }: CardProps): JSX.Element {
  const id = useId();
  return (
    <section class={danger ? "card is-danger" : "card"} aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id} class={same ? "sr-only" : undefined}>
          {title}
        </h2>
        {lead === undefined ? null : <p class="card-lead">{lead}</p>}
      </header>
      {children}
    </section>
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly error?: string | null | undefined;
  readonly children: (given: FieldAttributes) => JSX.Element;
}

export interface FieldAttributes {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": boolean;
}

/** A field with its label above, hint and error below; all three are announced by screen readers. */
export function Field({ label, hint, error = null, children }: FieldProps): JSX.Element {
  const id = useId();
  const about = [hint === undefined ? "" : `${id}-hint`, error === null ? "" : `${id}-error`]
    .filter((one) => one !== "")
    .join(" ");
  return (
    <div class="setting">
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": about === "" ? undefined : about, "aria-invalid": error !== null })}
      {error === null ? null : (
        <p class="setting-error" id={`${id}-error`} role="alert">
          <Icon name="alert" size={14} />
          {error}
        </p>
      )}
      {hint === undefined ? null : (
        <p class="setting-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps extends Omit<FieldProps, "children"> {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly type?: "text" | "email" | "search" | "date";
  readonly autocomplete?: string;
  readonly name?: string;
  readonly most?: number; // characters
  readonly disabled?: boolean;
  readonly code?: boolean; // digits or an identifier: monospace, no spell check
  readonly placeholder?: string;
}

export function TextField({
  value,
  onInput,
  type = "text",
  autocomplete = "off",
  name,
  most,
  disabled = false,
  code = false,
  placeholder,
  ...field
}: TextFieldProps): JSX.Element {
  return (
    <Field {...field}>
      {(given) => (
        // Preact has a type per input kind; these four share their attributes.
        <input
          {...given}
          class={code ? "input is-code" : "input"}
          type={type as "text"}
          name={name}
          value={value}
          maxLength={most}
          disabled={disabled}
          autocomplete={autocomplete}
          placeholder={placeholder}
          spellcheck={!code && type === "text"}
          autocapitalize={code || type === "email" ? "none" : undefined}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface PasswordFieldProps extends Omit<FieldProps, "children"> {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly fresh?: boolean; // a new password: password managers offer to generate it
}

export function PasswordField({ value, onInput, fresh = false, ...field }: PasswordFieldProps): JSX.Element {
  const { t } = useSettingsI18n();
  const [visible, setVisible] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (input.current !== null) input.current.type = visible ? "text" : "password";
  }, [visible]);
  return (
    <Field {...field}>
      {(given) => (
        <span class="field-with-button">
          <input
            {...given}
            ref={input}
            class="input"
            type="password"
            value={value}
            autocomplete={fresh ? "new-password" : "current-password"}
            maxLength={128}
            spellcheck={false}
            autocapitalize="none"
            onInput={(event) => onInput(event.currentTarget.value)}
          />
          <button
            type="button"
            class="icon-button"
            aria-label={t(visible ? "password.hide" : "password.show")}
            aria-pressed={visible}
            onClick={() => setVisible(!visible)}
          >
            <Icon name={visible ? "eye_off" : "eye"} />
          </button>
        </span>
      )}
    </Field>
  );
}

interface SelectFieldProps<T extends string> extends Omit<FieldProps, "children"> {
  readonly value: T;
  readonly choices: readonly (readonly [T, string])[];
  readonly onPick: (value: T) => void;
  readonly disabled?: boolean;
}

export function SelectField<T extends string>({
  value,
  choices,
  onPick,
  disabled = false,
  ...field
}: SelectFieldProps<T>): JSX.Element {
  return (
    <Field {...field}>
      {(given) => <Select {...given} value={value} choices={choices} onPick={onPick} disabled={disabled} />}
    </Field>
  );
}

interface SelectProps<T extends string> extends Partial<FieldAttributes> {
  readonly value: T;
  readonly choices: readonly (readonly [T, string])[];
  readonly onPick: (value: T) => void;
  readonly disabled?: boolean;
  readonly label?: string; // used when there is no visible label
}

/** A native <select>: it works with keyboards, phones and screen readers. */
export function Select<T extends string>({
  value,
  choices,
  onPick,
  disabled = false,
  label,
  ...given
}: SelectProps<T>): JSX.Element {
  return (
    <span class="select">
      <select
        {...given}
        aria-label={label}
        disabled={disabled}
        value={value}
        onChange={(event) => {
          const picked = choices.find(([id]) => id === event.currentTarget.value);
          if (picked !== undefined) onPick(picked[0]);
        }}
      >
        {choices.map(([id, text]) => (
          <option key={id} value={id} selected={id === value}>
            {text}
          </option>
        ))}
      </select>
      <Icon name="down" size={16} />
    </span>
  );
}

interface SubmitProps {
  readonly label: string;
  readonly busy: boolean;
  readonly disabled?: boolean;
  readonly danger?: boolean;
  readonly children?: ComponentChildren; // beside it
}

export function Submit({ label, busy, disabled = false, danger = false, children }: SubmitProps): JSX.Element {
  return (
    <div class="card-foot">
      <button
        type="submit"
        class={danger ? "button is-danger" : "button is-primary"}
        disabled={disabled || busy}
        aria-busy={busy}
      >
        {busy ? <span class="spinner" /> : null}
        {label}
      </button>
      {children}
    </div>
  );
}

/** The message for a refusal that no field shows. Otherwise the first field that shows one takes the focus: the button
 *  that had it was disabled meanwhile, and the field may be off the screen. */
export function Wrong({
  problem,
  besides = [],
}: {
  readonly problem: Problem | null;
  readonly besides?: readonly string[];
}): JSX.Element {
  const { t } = useSettingsI18n();
  const at_field = problem !== null && isShownAtField(problem, besides);
  const message = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (at_field) message.current?.closest("form")?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [problem]);
  return (
    <div class="wrong" role="alert" ref={message}>
      {problem === null || at_field ? null : (
        <p>
          <Icon name="alert" size={16} />
          {sentence(problem, t)}
        </p>
      )}
    </div>
  );
}

// Problems about one field that are not a 422.
const OF_FIELDS: Readonly<Partial<Record<string, readonly string[]>>> = {
  wrong_password: ["password", "current_password"],
  wrong_code: ["code"],
  already_member: ["email"],
  already_invited: ["email"],
};

function isShownAtField({ code, errors }: Problem, besides: readonly string[]): boolean {
  if (OF_FIELDS[code]?.some((field) => besides.includes(field)) === true) return true;
  return errors.length > 0 && errors.every((error) => besides.includes(rootOf(error.field)));
}

/** The error of a field, or null; `domains[1]` belongs to `domains`. */
export function useFieldError(problem: Problem | null): (field: string) => string | null {
  const { t } = useSettingsI18n();
  return (field) => {
    if (problem !== null && OF_FIELDS[problem.code]?.includes(field) === true) return sentence(problem, t);
    const found =
      problem?.errors.find((error) => error.field === field) ??
      problem?.errors.find((error) => rootOf(error.field) === field);
    return found === undefined ? null : fieldSentence(found.code, t);
  };
}

export function rootOf(field: string): string {
  return field.replace(/[.[].*$/, "");
}

/** The title of a step. It takes the focus, because the button of the previous step is gone. */
export function StepTitle({ n }: { readonly n: number }): JSX.Element {
  const { t } = useSettingsI18n();
  const line = useRef<HTMLParagraphElement>(null);
  useLayoutEffect(() => {
    line.current?.focus();
    line.current?.scrollIntoView({ block: "start" }); // all of the step, as far as the screen has room for it
  }, []);
  return (
    <p class="step" ref={line} tabIndex={-1}>
      {t("two.step", { n })}
    </p>
  );
}

/** Calls `ready` first; false stops the submit. The first incomplete field takes the focus. */
export function submitting(work: () => void, ready: () => boolean = () => true): (event: Event) => void {
  return (event) => {
    event.preventDefault();
    if (ready()) return work();
    const form = event.currentTarget;
    if (form instanceof HTMLFormElement)
      setTimeout(() => form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };
}
