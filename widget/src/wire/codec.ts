/** Hops 2 and 9: the codec, frames as objects ↔ msgpack bytes; only the subset of msgpack that parley.1 uses. */

import { CLIENT_FRAMES, SERVER_FRAMES, STRUCTS } from "./frames";
import type { ClientFrame, ServerFrame } from "./frames";

/** The bytes are not a valid frame. */
export class Malformed extends Error {}

type Fields = Record<string, unknown>;
type Column = [name: string, code?: string];
export type Table = Record<number, string>;

// By tag, from 0xcc on; the last two bits of a tag give the number of bytes.
const INTEGERS = [
  ...(["getUint8", "getUint16", "getUint32", "getBigUint64"] as const),
  ...(["getInt8", "getInt16", "getInt32", "getBigInt64"] as const),
];
const utf8 = new TextEncoder();
const text = new TextDecoder();

/** The columns of a spec, each with the code of its value, if it has one. */
const columnsOf = (spec: string) => spec.split(" ").map((column) => column.split(":") as Column);

const clientFrames: [string, string][] = Object.entries(CLIENT_FRAMES);

/** Adds frames to those that `encode` knows, and to those that `decode` does. */
export function learn(frames: Table, ofServer: Table = {}): void {
  clientFrames.push(...Object.entries(frames));
  Object.assign(SERVER_FRAMES, ofServer);
}

/** Encodes a frame; trailing undefined elements are omitted. */
export function encode(frame: ClientFrame): Uint8Array {
  const [type, spec] = clientFrames.find(([, names]) => names.startsWith(`${frame.type} `))!;
  const [, ...columns] = columnsOf(spec);
  const items = columns.map(([name, code]) => plain((frame as unknown as Fields)[name], code));
  while (items.length && items[items.length - 1] === undefined) items.pop();
  const out: number[] = [];
  write(out, [+type, ...items]);
  return Uint8Array.from(out);
}

/** Decodes a frame; null for a type that is not in `frames`; throws Malformed. Surplus elements are ignored. */
export function decode(bytes: Uint8Array, frames: Table = SERVER_FRAMES): ServerFrame | null {
  const items = read(bytes);
  if (!Array.isArray(items)) throw new Malformed();
  const spec = frames[items[0] as number];
  if (!spec) return null;
  const [[type], ...columns] = columnsOf(spec) as [[string], ...Column[]];
  return { type, ...named(items.slice(1), columns) } as unknown as ServerFrame;
}

/** 16 bytes → canonical UUID text. */
export function idFromBytes(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** UUID text → 16 bytes. */
export function bytesFromId(id: string): Uint8Array {
  const pairs = id.replace(/-/g, "").match(/[\da-f]{2}/gi) ?? [];
  if (pairs.length !== 16) throw new Malformed();
  return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
}

function named(items: unknown[], columns: Column[]): Fields {
  return Object.fromEntries(
    columns.map(([name, code], at) => {
      const struct = code && (STRUCTS as Record<string, string>)[code];
      const item = items[at];
      return [name, struct && struct[0] === "[" && item ? named(item as unknown[], columnsOf(struct.slice(1))) : item];
    }),
  );
}

/** The value with ids as bytes, and a struct without what the client does not know of it. */
function plain(value: unknown, code: string | undefined): unknown {
  if (!code || value === null || value === undefined) return value;
  if (code === "i") return bytesFromId(value as string);
  if (code === "p") return (value as [string, unknown][]).map(([id, rest]) => [bytesFromId(id), rest]);
  const columns = columnsOf((STRUCTS as Record<string, string>)[code]!);
  return Object.fromEntries(columns.map(([name, inner]) => [name, plain((value as Fields)[name], inner)]));
}

/** Appends a value, as it is on the wire. */
export function write(out: number[], value: unknown): void {
  if (value === null || value === undefined) out.push(0xc0);
  else if (typeof value === "boolean") out.push(value ? 0xc3 : 0xc2);
  else if (typeof value === "number") writeInteger(out, value);
  else if (typeof value === "string") {
    const bytes = utf8.encode(value);
    if (bytes.length < 32) out.push(0xa0 | bytes.length);
    else if (bytes.length < 256) out.push(0xd9, bytes.length);
    else out.push(0xda, bytes.length >> 8, bytes.length & 255); // no text we send reaches 64 KiB
    for (const byte of bytes) out.push(byte);
  } else if (value instanceof Uint8Array) out.push(0xc4, value.length, ...value);
  else if (Array.isArray(value)) {
    head(out, 0x90, 0xdc, value.length);
    for (const item of value) write(out, item);
  } else {
    const entries = Object.entries(value as Fields).filter(([, item]) => item !== undefined);
    head(out, 0x80, 0xde, entries.length);
    for (const [name, item] of entries) {
      write(out, name);
      write(out, item);
    }
  }
}

/** The header of an array or a map: the short form, else 16 bits. */
function head(out: number[], short: number, long: number, length: number): void {
  if (length < 16) out.push(short | length);
  else out.push(long, length >> 8, length & 255);
}

function writeInteger(out: number[], value: number): void {
  if (!Number.isSafeInteger(value)) throw new Malformed();
  if (value >= -32 && value < 128) out.push(value & 255);
  else {
    const size = value < 0 ? 3 : value < 256 ? 0 : value < 65536 ? 1 : value < 2 ** 32 ? 2 : 3; // 2 ** size bytes
    out.push((value < 0 ? 0xd0 : 0xcc) + size);
    for (let at = (1 << size) - 1; at >= 0; at--) out.push(Math.floor(value / 256 ** at) & 255);
  }
}

/** The only value in the bytes. */
function read(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const skip = (length: number): number => {
    const start = at;
    at += length;
    if (at > bytes.length) throw new Malformed();
    return start;
  };
  const slice = (length: number) => bytes.subarray(skip(length), at);
  const number = (length: number) => slice(length).reduce((sum, byte) => sum * 256 + byte, 0);
  const string = (length: number) => text.decode(slice(length));
  const list = <Item>(length: number, next: () => Item): Item[] => {
    const items: Item[] = [];
    while (items.length < length) items.push(next());
    return items;
  };
  // not by assignment, so that `__proto__` stays a plain field
  const map = (length: number) => Object.fromEntries(list(length, () => [String(value()), value()]));
  const value = (): unknown => {
    const tag = number(1);
    if (tag < 0x80) return tag;
    if (tag < 0x90) return map(tag & 15);
    if (tag < 0xa0) return list(tag & 15, value);
    if (tag < 0xc0) return string(tag & 31);
    if (tag > 0xdf) return tag - 256;
    if (tag === 0xc0) return null;
    if (tag === 0xc2 || tag === 0xc3) return tag === 0xc3;
    // Every binary value of the wire is an id.
    if (tag >= 0xc4 && tag <= 0xc6) return idFromBytes(slice(number(1 << (tag - 0xc4))));
    if (tag === 0xcb) return view.getFloat64(skip(8));
    const kind = INTEGERS[tag - 0xcc];
    if (kind) return Number(view[kind](skip(1 << (tag & 3))));
    if (tag >= 0xd9 && tag <= 0xdb) return string(number(1 << (tag - 0xd9)));
    if (tag < 0xdc) throw new Malformed();
    const length = number(tag & 1 ? 4 : 2);
    return tag < 0xde ? list(length, value) : map(length);
  };
  const only = value();
  if (at !== bytes.length) throw new Malformed();
  return only;
}
