/** How a file comes to the server: tickets, repeated uploads, and what responses mean. */

import { beforeEach, expect, test } from "vitest";
import { carrierOf, failureOf, type Requests } from "../../src/attachments/carrier";
import type { Sent } from "../../src/attachments/put";
import type { Failure, Report } from "../../src/attachments/uploader";

const READY = { id: "t1", state: "ready", name: "a.pdf", media_type: "application/pdf", size: 5 };
const report: Report = { ticketed: () => undefined, sent: () => undefined, uploaded: () => undefined };
const { signal } = new AbortController();

let tickets: number;
let answers: Sent[];
let requests: Requests;

const answer = (status: number, body: unknown = "", retryAfter = 0): Sent => ({
  status,
  body: JSON.stringify(body),
  retryAfter,
});

const send = async (file: File): Promise<unknown> => {
  try {
    return await carrierOf(requests).send(file, report, signal);
  } catch (error) {
    return error;
  }
};

beforeEach(() => {
  tickets = 0;
  answers = [];
  requests = {
    ticket: async () => ({ id: `t${++tickets}`, name: "a.pdf", upload_url: `/u/${tickets}`, expires_at: 0 }),
    put: async () => answers.shift()!,
    remove: () => undefined,
  };
});

test("a file that is ready has the name and type that the server gave it", async () => {
  answers = [answer(200, { ...READY, width: 20, height: 10, thumbnail_url: "/files/x" })];
  expect(await send(new File(["bytes"], "a.exe"))).toEqual({
    id: "t1",
    name: "a.pdf",
    media_type: "application/pdf",
    size: 5,
    width: 20,
    height: 10,
    thumbnail: true,
  });
});

test("what was cut off is sent again with its ticket, and with another one when that has expired", async () => {
  const file = new File(["bytes"], "a.pdf");
  const carrier = carrierOf(requests);
  answers = [answer(0), answer(503, {}, 7), answer(404), answer(200, READY)];
  const failed = () => carrier.send(file, report, signal).catch((error: Failure) => [error.reason, error.wait]);
  expect(await failed()).toEqual(["", 0]);
  expect(await failed()).toEqual(["", 7_000]);
  expect(await failed()).toEqual(["", 0]);
  expect(tickets).toBe(1);
  expect(await failed()).toMatchObject({ id: "t1" });
  expect(tickets).toBe(2);
});

test("an upload that seems to run on, of a server that was killed, is taken back for another ticket", async () => {
  const file = new File(["bytes"], "a.pdf");
  const removed: string[] = [];
  const carrier = carrierOf({ ...requests, remove: (id) => removed.push(id) });
  answers = [answer(0), answer(409, { code: "upload_running" }), answer(200, READY)];
  await carrier.send(file, report, signal).catch(() => undefined);
  await carrier.send(file, report, signal).catch(() => undefined);
  expect(removed).toEqual(["t1"]);
  expect(await carrier.send(file, report, signal)).toMatchObject({ id: "t1" });
  expect(tickets).toBe(2);
});

test("a refusal has its reason, and some may be tried again", async () => {
  answers = [answer(200, { ...READY, state: "refused", reason: "infected" })];
  expect(await send(new File(["x"], "a"))).toMatchObject({ reason: "infected", retryable: false });
  answers = [answer(200, { ...READY, state: "refused", reason: "not_scanned" })];
  expect(await send(new File(["x"], "a"))).toMatchObject({ reason: "not_scanned", retryable: true });
  answers = [answer(200, { ...READY, state: "refused", reason: null })];
  expect(await send(new File(["x"], "a"))).toMatchObject({ reason: "refused" });
});

test.each([
  [0, "", ""],
  [400, "bad_request", ""],
  [408, "too_slow", ""],
  [429, "rate_limited", ""],
  [500, "internal", ""],
  [409, "upload_running", ""],
  [409, "storage_full", "storage_full"],
  [413, "too_large", "too_large"],
  [415, "media_type", "type_not_allowed"],
  [403, "forbidden", "forbidden"],
  [422, "", "refused"],
])("a response %i %s means %j", (status, code, reason) => {
  expect(failureOf(status, code, 0).reason).toBe(reason);
});
