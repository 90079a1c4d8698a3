/** English texts of the visitors' identity and of consent. */

export const en = {
  "project.identity": "Visitor identity",
  "identity.rules": "Trust and consent",
  "identity.require": "Accept only verified details",
  "identity.require.lead":
    "Names, email addresses and other details that a page sends without a signature are ignored.",
  "identity.consent": "Wait for consent",
  "identity.consent.lead":
    "The chat stores nothing in the browser and opens no connection before the visitor opens it.",
  "identity.secrets": "Secrets",
  "identity.secrets.lead":
    "Your server signs with a secret who is signed in. To replace a secret, create a new one, use it on your server, and then remove the old one.",
  "identity.create": "Create a secret",
  "identity.none": "There are no secrets yet. Until there is one, all visitors are anonymous.",
  "identity.made": "The new secret",
  "identity.once": "Copy the secret now. For security it is not shown again. Keep it on your server, never in a page.",
  "identity.kid": "Its kid",
  "identity.done": "I have copied it",
  "identity.unused": "never used",
  "identity.used": "last used",
  "identity.by": "by {name}",
  "identity.secret": "Secret {kid}",
  "identity.remove": "Remove",
  "identity.remove.of": "Remove the secret {kid}",
  "identity.remove.lead":
    "Tokens that are signed with it are refused at once. Visitors who are chatting now stay connected.",
  "identity.removed": "The secret was removed.",
  "identity.how": "Sign on your server",
  "identity.how.lead":
    "Set PARLEY_PROJECT, PARLEY_IDENTITY_KID and PARLEY_IDENTITY_SECRET in the environment of your server, and give the page a new token each time it is loaded.",
  "identity.language": "Language",
  "identity.copy": "Copy the code",
  "identity.page": "On the page",
  "identity.page.lead":
    "The token goes into the line that loads the chat. Call Parley.reset() when the person signs out.",
  "act.identity_secret.created": "create an identity secret",
  "act.identity_secret.removed": "remove an identity secret",
  "did.identity_secret.created": "{who} created an identity secret",
  "did.identity_secret.removed": "{who} removed an identity secret",
  "audit.changed.require_verified": "whether only verified details are accepted",
  "audit.changed.ask_consent": "whether the chat waits for consent",
} as const;

export type Texts = Readonly<Record<keyof typeof en, string>>;
