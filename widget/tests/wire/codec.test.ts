/** The codec against the golden frames that the Python tests use too. */

import { describe, expect, test } from "vitest";
import client from "../../../protocol/vectors/client.json";
import later from "../../../protocol/vectors/later.json";
import server from "../../../protocol/vectors/server.json";
import { bytesFromId, decode, encode, idFromBytes, learn, Malformed } from "../../src/wire/codec";
import {
  AGENT_CLIENT_FRAMES,
  FACTS_CLIENT_FRAMES,
  FORM_CLIENT_FRAMES,
  STREAM_CLIENT_FRAMES,
  STREAM_FRAMES,
} from "../../src/wire/frames";
import type { ClientFrame } from "../../src/wire/frames";
import { newId } from "../../src/wire/ids";
import { ALL_FRAMES } from "./server";

interface Vector {
  name: string;
  hex: string;
  frame: Record<string, unknown>;
}

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (data: Uint8Array) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");

describe("frames of the server", () => {
  for (const vector of server as unknown as Vector[]) {
    test(vector.name, () => expect(decode(bytes(vector.hex), ALL_FRAMES)).toEqual(vector.frame));

    test(`${vector.name}: truncated at any byte, it is refused`, () => {
      const whole = bytes(vector.hex);
      for (let length = 0; length < whole.length; length++) {
        expect(() => decode(whole.subarray(0, length))).toThrow(Malformed);
      }
    });
  }
});

describe("frames of a later server", () => {
  for (const vector of (later as unknown as (Vector & { from: string })[]).filter(({ from }) => from === "server")) {
    test(vector.name, () => expect(absentAsNull(decode(bytes(vector.hex), ALL_FRAMES))).toEqual(vector.frame));
  }
});

/** Elements that the frame does not have: Python reads them as null. */
function absentAsNull(frame: object | null): object | null {
  return frame && Object.fromEntries(Object.entries(frame).map(([name, value]) => [name, value ?? null]));
}

test("a visitor's client skips the frames of agents", () => {
  const touched = (server as unknown as Vector[]).filter(({ frame }) => frame["type"] === "touched");
  expect(touched).not.toEqual([]);
  expect(touched.map(({ hex }) => decode(bytes(hex)))).toEqual(touched.map(() => null));
});

describe("frames of the client", () => {
  learn(AGENT_CLIENT_FRAMES);
  learn(STREAM_CLIENT_FRAMES);
  learn(FORM_CLIENT_FRAMES);
  learn(FACTS_CLIENT_FRAMES);
  for (const vector of client as unknown as Vector[]) {
    test(vector.name, () => expect(hex(encode(vector.frame as unknown as ClientFrame))).toBe(vector.hex));
  }
});

test("frames that a client has learned are decoded from then on", () => {
  const streamed = (server as unknown as Vector[]).filter(({ frame }) => `${frame["type"]}`.startsWith("stream"));
  expect(streamed.map(({ frame }) => frame["type"])).toContain("streamtoken");
  expect(streamed.map(({ hex }) => decode(bytes(hex)))).toEqual(streamed.map(() => null));
  learn({}, STREAM_FRAMES);
  expect(streamed.map(({ hex }) => decode(bytes(hex)))).toEqual(streamed.map(({ frame }) => frame));
});

test("an unknown type decodes to null, surplus elements are ignored, surplus bytes are refused", () => {
  expect(decode(Uint8Array.of(0x91, 0x7f))).toBeNull();
  expect(decode(Uint8Array.of(0x93, 0x05, 0x07, 0xc0))).toEqual({ type: "ping", token: 7 });
  expect(() => decode(Uint8Array.of(0x92, 0x05, 0x07, 0x00))).toThrow(Malformed);
  expect(() => decode(Uint8Array.of(0x07))).toThrow(Malformed);
  expect(() => decode(Uint8Array.of(0x92, 0x05, 0xc1))).toThrow(Malformed);
});

test("every string and every integer that we may send survives a round trip", () => {
  const meta = { small: -1, byte: -100, short: -3000, word: -70000, long: -(2 ** 40) - 1, most: 2 ** 53 - 1, zero: 0 };
  for (const body of ["", "é", "😀".repeat(70), "x".repeat(31), "x".repeat(32), "ÿ".repeat(200), "đ".repeat(5000)]) {
    const frame = { type: "send", rid: 300, ref: newId(0), conversation: null, kind: "text", body, meta } as const;
    const asResult = Uint8Array.of(0x93, 3, 1, ...encode(frame)); // read back inside an `ok`
    expect(decode(asResult)).toEqual({ type: "ok", rid: 1, result: [10, 300, frame.ref, null, "text", body, meta] });
  }
});

test("ids sort in the order in which they were made, also when the clock stands still or is set back", () => {
  const moments = [...Array.from({ length: 5_000 }, () => 1_700_000_000_000), 1_600_000_000_000, 1_700_000_000_002];
  const ids = moments.map(newId);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

test("an id is the same after a round trip", () => {
  const id = newId(1_760_000_000_123);
  expect(idFromBytes(bytesFromId(id))).toBe(id);
  expect(id).toMatch(/^0199c82c-c07b-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(() => bytesFromId("not an id")).toThrow(Malformed);
});
