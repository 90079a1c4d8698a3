/** The signed addresses of files. */

import { beforeEach, expect, test } from "vitest";
import { Addresses } from "../../src/attachments/addresses";
import type { Attachment } from "../../src/rest/types";

let now: number;
let asked: (readonly string[])[];
let fails: boolean;
let addresses: Addresses;

const attachment = (id: string): Attachment =>
  ({ id, state: "ready", url: `/files/${id}?at=${now}` }) as unknown as Attachment;

beforeEach(() => {
  now = 0;
  asked = [];
  fails = false;
  addresses = new Addresses(
    async (ids) => {
      asked.push(ids);
      if (fails) throw new Error("offline");
      return ids.filter((id) => id !== "gone").map(attachment);
    },
    () => now,
  );
});

test("what is wanted at once is one request, and each file is asked for once", async () => {
  const wanted = await Promise.all(["a", "b", "a", "gone"].map((id) => addresses.of(id)));
  expect(wanted.map((one) => one?.id)).toEqual(["a", "b", "a", undefined]);
  expect(asked).toEqual([["a", "b", "gone"]]);
  expect((await addresses.of("b"))?.url).toBe("/files/b?at=0");
  expect(asked).toHaveLength(1);
});

test("many files are asked for fifty at a time", async () => {
  await Promise.all(Array.from({ length: 120 }, (_, at) => addresses.of(`${at}`)));
  expect(asked.map(({ length }) => length)).toEqual([50, 50, 20]);
});

test("an address is asked for again before it expires on the server", async () => {
  await addresses.of("a");
  expect(addresses.isFresh("a")).toBe(true);
  now = 9 * 60_000;
  expect(addresses.isFresh("a")).toBe(false);
  expect((await addresses.of("a"))?.url).toBe(`/files/a?at=${now}`);
  expect(asked).toEqual([["a"], ["a"]]);
});

test("a failure is reported and not remembered", async () => {
  fails = true;
  await expect(addresses.of("a")).rejects.toThrow("offline");
  fails = false;
  expect((await addresses.of("a"))?.id).toBe("a");
});
