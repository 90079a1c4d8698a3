/** A POST that may be sent again carries its key, also after the access token was refreshed. */

import { afterEach, expect, test, vi } from "vitest";
import { Api } from "../../src/dashboard/rest/api";

afterEach(() => vi.unstubAllGlobals());

test("a POST sent once carries its key, also when the token is refreshed in between", async () => {
  const sent: [string, string | undefined][] = [];
  const answers = [
    new Response("{}", { status: 401 }),
    new Response(JSON.stringify({ access_token: "new" })),
    new Response(JSON.stringify({ id: "1" }), { status: 201 }),
  ];
  vi.stubGlobal("fetch", (url: string, { headers }: { headers: Record<string, string> }) => {
    sent.push([url, headers["Idempotency-Key"]]);
    return Promise.resolve(answers.shift());
  });
  const api = new Api("/api/v1", () => undefined);
  expect(await api.once("/notes", { text: "Hi" }, "key 1")).toEqual({ id: "1" });
  expect(sent).toEqual([
    ["/api/v1/notes", "key 1"],
    ["/api/v1/auth/refresh", undefined],
    ["/api/v1/notes", "key 1"],
  ]);
});
