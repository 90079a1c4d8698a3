/** Sanitises addresses for agents: http(s) only, no secrets, no user name. */

import { truncate } from "../chat/truncate";
import { LIMIT_TITLE, LIMIT_URL } from "../wire/frames";

// The gateway drops the same names again. `code` and `key` match as whole words: a postcode is not a secret.
const SECRET = /token|password|passwd|secret|auth|apikey|(?:^|[^a-z])(?:code|key)(?:$|[^a-z])/i;

/** The address without parameters that look like secrets; "" when it is not a web page. */
export function publicUrl(address: string): string {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return "";
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return "";
  url.username = url.password = "";
  for (const name of [...url.searchParams.keys()]) if (SECRET.test(name)) url.searchParams.delete(name);
  // A fragment may be a route or hold the parameters of a sign-in.
  if (/[=&]/.test(url.hash) && SECRET.test(url.hash)) url.hash = "";
  return truncate(url.href, LIMIT_URL);
}

export function publicTitle(title: string): string {
  return truncate(title, LIMIT_TITLE);
}
