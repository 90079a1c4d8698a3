/** Checks of form fields in the browser, before any request. */

import type { Values, FieldErrors } from "./form";
import { MIN_LENGTH, lengthOf, MAX_LENGTH } from "./strength";
import type { Translate } from "../i18n";

const EMAIL = /^[^\s@]+@[^\s@]+$/; // only a rough check; the server validates

export function emailError({ email = "" }: Values, t: Translate): FieldErrors {
  if (email === "") return { email: t("field.email.needed") };
  return EMAIL.test(email) ? {} : { email: t("field.not_an_email") };
}

export function passwordMissing({ password = "" }: Values, t: Translate): FieldErrors {
  return password === "" ? { password: t("field.password.needed") } : {};
}

/** Checks a new password. */
export function newPasswordError({ password = "" }: Values, t: Translate): FieldErrors {
  const length = lengthOf(password);
  if (length === 0) return { password: t("field.password.new") };
  if (length < MIN_LENGTH) return { password: t("field.too_short") };
  return length > MAX_LENGTH ? { password: t("field.too_long") } : {};
}

export function nameMissing({ full_name = "" }: Values, t: Translate): FieldErrors {
  return full_name === "" ? { full_name: t("field.name.needed") } : {};
}
