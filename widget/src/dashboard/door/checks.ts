/** What a form can tell without asking anybody. */

import type { Values, Wrong } from "./form";
import { LEAST, lengthOf, MOST } from "./strength";
import type { Say } from "./words";

const EMAIL = /^[^\s@]+@[^\s@]+$/; // the server knows better; this finds a forgotten half

export function emailWrong({ email = "" }: Values, say: Say): Wrong {
  if (email === "") return { email: say("field.email.needed") };
  return EMAIL.test(email) ? {} : { email: say("field.not_an_email") };
}

export function passwordMissing({ password = "" }: Values, say: Say): Wrong {
  return password === "" ? { password: say("field.password.needed") } : {};
}

/** For a password that is chosen now. */
export function newPasswordWrong({ password = "" }: Values, say: Say): Wrong {
  const length = lengthOf(password);
  if (length === 0) return { password: say("field.password.new") };
  if (length < LEAST) return { password: say("field.too_short") };
  return length > MOST ? { password: say("field.too_long") } : {};
}

export function nameMissing({ full_name = "" }: Values, say: Say): Wrong {
  return full_name === "" ? { full_name: say("field.name.needed") } : {};
}
