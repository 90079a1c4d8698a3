/** The inputs of a form, with labels, required marks and errors. Without hooks and fragments: the widget draws them with
 *  the small runtime of its window. */

import type { JSX } from "preact";
import type { Draft, Entered, FormField } from "./fields";

export interface InputTexts {
  readonly choose: string; // the empty option of a select
  readonly required: string; // for screen readers, which skip the mark
}

interface InputsProps {
  readonly id: string; // unique on the page
  readonly fields: readonly FormField[];
  readonly draft: Draft;
  readonly errors: Readonly<Record<string, string>>; // sentences by key
  readonly texts: InputTexts;
  readonly onEnter: (key: string, value: Entered) => void;
}

interface InputProps extends Omit<InputsProps, "fields" | "draft" | "errors"> {
  readonly field: FormField;
  readonly entered: Entered | undefined;
  readonly error: string | undefined;
}

export function Inputs({ fields, draft, errors, ...rest }: InputsProps): JSX.Element {
  return (
    <div class="form-fields">
      {fields.map((field) => (
        <Input key={field.key} field={field} entered={draft[field.key]} error={errors[field.key]} {...rest} />
      ))}
    </div>
  );
}

/** Moves the focus to the first field with an error. */
export function focusFirstError(form: ParentNode | null): void {
  form?.querySelector<HTMLElement>(".form-field.is-wrong :is(input,select,textarea)")?.focus();
}

function Input(props: InputProps): JSX.Element {
  const { id, field, error, texts } = props;
  const name = `${id}-${field.key}`;
  const wrong = error === undefined ? "form-field" : "form-field is-wrong";
  const label = (
    <span>
      <bdi>{field.label}</bdi>
      {field.required ? (
        <span class="form-mark" aria-hidden="true">
          {" *"}
        </span>
      ) : null}
      {field.required ? <span class="form-unseen"> ({texts.required})</span> : null}
    </span>
  );
  const said =
    error === undefined ? null : (
      <p class="form-error" id={`${name}-error`} role="alert">
        {error}
      </p>
    );
  if (field.type === "multiselect") {
    return (
      <fieldset class={wrong} aria-describedby={error === undefined ? undefined : `${name}-error`}>
        <legend>{label}</legend>
        <Checkboxes {...props} name={name} />
        {said}
      </fieldset>
    );
  }
  const about: About = {
    id: name,
    "aria-invalid": error !== undefined,
    "aria-required": field.required === true,
    "aria-describedby": error === undefined ? undefined : `${name}-error`,
  };
  if (field.type === "boolean") {
    return (
      <div class={wrong}>
        <label class="form-choice">
          <input
            {...about}
            type="checkbox"
            checked={props.entered === true}
            onChange={(event) => props.onEnter(field.key, event.currentTarget.checked)}
          />
          {label}
        </label>
        {said}
      </div>
    );
  }
  return (
    <div class={wrong}>
      <label for={name}>{label}</label>
      <Single {...props} about={about} />
      {said}
    </div>
  );
}

interface About {
  readonly id: string;
  readonly "aria-invalid": boolean;
  readonly "aria-required": boolean;
  readonly "aria-describedby": string | undefined;
}

function Checkboxes({ field, entered, name, onEnter }: InputProps & { readonly name: string }): JSX.Element {
  const chosen = typeof entered === "object" ? entered : [];
  const options = field.options ?? [];
  return (
    <div class="form-choices">
      {options.map((option) => (
        <label key={option} class="form-choice">
          <input
            type="checkbox"
            name={name}
            checked={chosen.includes(option)}
            onChange={(event) => {
              const { checked } = event.currentTarget;
              onEnter(
                field.key,
                options.filter((one) => (one === option ? checked : chosen.includes(one))),
              );
            }}
          />
          <bdi>{option}</bdi>
        </label>
      ))}
    </div>
  );
}

// So that browsers and assistive technology can fill in what they know of the visitor.
const AUTOCOMPLETE: Readonly<Record<string, string>> = { name: "name", email: "email", phone: "tel" };

function Single({ field, entered, texts, about, onEnter }: InputProps & { readonly about: About }): JSX.Element {
  const value = typeof entered === "string" ? entered : "";
  if (field.type === "select") {
    return (
      <select {...about} class="form-input" onChange={(event) => onEnter(field.key, event.currentTarget.value)}>
        <option value="" selected={value === ""}>
          {texts.choose}
        </option>
        {(field.options ?? []).map((option) => (
          <option key={option} value={option} selected={option === value}>
            {option}
          </option>
        ))}
      </select>
    );
  }
  if (field.lines) {
    return (
      <textarea
        {...about}
        class="form-input is-lines"
        dir="auto"
        value={value}
        onInput={(event) => onEnter(field.key, event.currentTarget.value)}
      />
    );
  }
  return (
    <input
      {...about}
      class="form-input"
      type={(field.type === "date" ? "date" : "text") as "text"} // both have these attributes
      inputMode={field.type === "number" ? "decimal" : undefined}
      autocomplete={AUTOCOMPLETE[field.key] ?? "off"}
      dir={field.type === "text" ? "auto" : undefined}
      value={value}
      onInput={(event) => onEnter(field.key, event.currentTarget.value)}
    />
  );
}
