// Verified by the public library of Standard Webhooks for JavaScript.

import { Webhook } from "standardwebhooks";

export function verified(secret, headers, body) {
  try {
    new Webhook(secret).verify(body.toString(), headers);
    return true;
  } catch {
    return false;
  }
}
