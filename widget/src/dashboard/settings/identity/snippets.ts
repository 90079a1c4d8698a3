/** How a site's server signs who its visitor is, without a library. The how-to guide has the same lines, and a test
 *  compares and runs them. */

export const SNIPPETS = {
  Python: `import base64, hashlib, hmac, json, os, time


def identity_token(user):
    now = int(time.time())
    head = {"alg": "HS256", "typ": "JWT", "kid": os.environ["PARLEY_IDENTITY_KID"]}
    claims = {
        "aud": os.environ["PARLEY_PROJECT"],
        "external_id": user["id"],
        "name": user["name"],
        "email": user["email"],
        "iat": now,
        "exp": now + 3600,
    }
    encode = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=")
    text = b".".join(encode(json.dumps(part).encode()) for part in (head, claims))
    key = os.environ["PARLEY_IDENTITY_SECRET"].encode()
    return (text + b"." + encode(hmac.digest(key, text, hashlib.sha256))).decode()`,
  "Node.js": `const { createHmac } = require("node:crypto");

function identityToken(user) {
  const now = Math.floor(Date.now() / 1000);
  const head = { alg: "HS256", typ: "JWT", kid: process.env.PARLEY_IDENTITY_KID };
  const claims = {
    aud: process.env.PARLEY_PROJECT,
    external_id: user.id,
    name: user.name,
    email: user.email,
    iat: now,
    exp: now + 3600,
  };
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const text = encode(head) + "." + encode(claims);
  const hmac = createHmac("sha256", process.env.PARLEY_IDENTITY_SECRET);
  return text + "." + hmac.update(text).digest("base64url");
}`,
  PHP: `function identity_token(array $user): string {
    $now = time();
    $head = ["alg" => "HS256", "typ" => "JWT", "kid" => getenv("PARLEY_IDENTITY_KID")];
    $claims = [
        "aud" => getenv("PARLEY_PROJECT"),
        "external_id" => (string) $user["id"],
        "name" => $user["name"],
        "email" => $user["email"],
        "iat" => $now,
        "exp" => $now + 3600,
    ];
    $encode = fn(string $data) => rtrim(strtr(base64_encode($data), "+/", "-_"), "=");
    $text = $encode(json_encode($head)) . "." . $encode(json_encode($claims));
    return $text . "." . $encode(hash_hmac("sha256", $text, getenv("PARLEY_IDENTITY_SECRET"), true));
}`,
  Ruby: `require "base64"
require "json"
require "openssl"

def identity_token(user)
  now = Time.now.to_i
  head = { alg: "HS256", typ: "JWT", kid: ENV.fetch("PARLEY_IDENTITY_KID") }
  claims = {
    aud: ENV.fetch("PARLEY_PROJECT"),
    external_id: user[:id].to_s,
    name: user[:name],
    email: user[:email],
    iat: now,
    exp: now + 3600,
  }
  text = [head, claims].map { |part| Base64.urlsafe_encode64(part.to_json, padding: false) }.join(".")
  signature = OpenSSL::HMAC.digest("SHA256", ENV.fetch("PARLEY_IDENTITY_SECRET"), text)
  text + "." + Base64.urlsafe_encode64(signature, padding: false)
end`,
  Go: `import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"time"
)

func identityToken(id, name, email string) (string, error) {
	now := time.Now().Unix()
	head := map[string]any{"alg": "HS256", "typ": "JWT", "kid": os.Getenv("PARLEY_IDENTITY_KID")}
	claims := map[string]any{
		"aud":         os.Getenv("PARLEY_PROJECT"),
		"external_id": id,
		"name":        name,
		"email":       email,
		"iat":         now,
		"exp":         now + 3600,
	}
	text := ""
	for _, part := range []any{head, claims} {
		data, err := json.Marshal(part)
		if err != nil {
			return "", err
		}
		text += base64.RawURLEncoding.EncodeToString(data) + "."
	}
	text = text[:len(text)-1]
	mac := hmac.New(sha256.New, []byte(os.Getenv("PARLEY_IDENTITY_SECRET")))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}`,
} as const;

export type SnippetName = keyof typeof SNIPPETS;

export const SNIPPET_NAMES = Object.keys(SNIPPETS) as readonly SnippetName[];
