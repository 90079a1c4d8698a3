// An OpenID Connect provider for tests, a process of its own: `node server.mjs [--email-in-userinfo]`.
// Prints its issuer as the first line. A user who is sent here chooses an identity on a form; see tests/provider.py.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const CLIENT = { id: "parley", secret: "a client secret for tests" };
const RETURN = "/app/oidc/return";
const accounts = new Map(); // subject → claims

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  server.on("request", serve(provider(issuer)));
  console.log(issuer);
});

function provider(issuer) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const made = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [`https://parley.example${RETURN}`], // see redirectUriAllowed
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "one" }] },
    cookies: { keys: ["a cookie secret for tests"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    // As Google does it: the claims are in the id token. The standard's way is to have them at userinfo only.
    conformIdTokenClaims: process.argv.includes("--email-in-userinfo"),
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/login/${interaction.uid}` },
    findAccount: (_, subject) => ({ accountId: subject, claims: () => accounts.get(subject) }),
    loadExistingGrant: grantEverything,
    ttl: { Session: 1, Grant: 600, Interaction: 600, AccessToken: 600, AuthorizationCode: 60, IdToken: 600 },
  });
  // The servers under test listen on ports that are not known beforehand.
  made.Client.prototype.redirectUriAllowed = (uri) =>
    new URL(uri).hostname === "127.0.0.1" && [RETURN, `${RETURN}/local`].includes(new URL(uri).pathname);
  return made;
}

async function grantEverything({ oidc }) {
  const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope("openid email profile");
  await grant.save();
  return grant;
}

function serve(made) {
  const answer = made.callback();
  return async (request, response) => {
    if (!request.url.startsWith("/login/")) {
      answer(request, response);
      return;
    }
    if (request.method !== "POST") {
      response.setHeader("Content-Type", "text/html; charset=utf-8");
      response.end(FORM);
      return;
    }
    const given = new URLSearchParams(await text(request));
    await made.interactionFinished(request, response, decided(given));
  };
}

function decided(given) {
  if (given.has("cancel")) return { error: "access_denied", error_description: "the person said no" };
  const subject = given.get("subject") || given.get("email");
  accounts.set(subject, {
    sub: subject,
    email: given.get("email"),
    email_verified: given.has("verified"),
    name: given.get("name"),
  });
  return { login: { accountId: subject } };
}

async function text(request) {
  let body = "";
  for await (const part of request) body += part;
  return body;
}

const FORM = `<!doctype html><html lang="en"><title>Provider for tests</title>
<form method="post">
  <p><label>Subject <input name="subject"></label> (empty: the email address)
  <p><label>Email <input name="email" value="mai@shop.example"></label>
  <p><label>Name <input name="name" value="Mai Tran"></label>
  <p><label><input type="checkbox" name="verified" checked> the address is verified</label>
  <p><button>Sign in</button> <button name="cancel" value="1">Cancel</button>
</form>`;
