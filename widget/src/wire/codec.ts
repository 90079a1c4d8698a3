/** Hops 2 and 9: the codec, frames as objects ↔ msgpack bytes; only the subset of msgpack that parley.1 uses. */

import { CLIENT_FRAMES, SERVER_FRAMES, STRUCTS } from "./frames";
import type { ClientFrame, ServerFrame } from "./frames";

/** The bytes are not a valid frame. */
export class Malformed extends Error {}

type Fields = Record<string, unknown>;
export type Table = Record<number, string>;

// By tag, from 0xcc on; the last two bits of a tag give the number of bytes.
const INTEGERS = [
  ...(["getUint8", "getUint16", "getUint32", "getBigUint64"] as const),
  ...(["getInt8", "getInt16", "getInt32", "getBigInt64"] as const),
];
const utf8 = new TextEncoder();
const text = new TextDecoder();

const clientFrames: [string, string][] = Object.entries(CLIENT_FRAMES);

/** Adds frames to those that `encode` knows. */
export function learn(frames: Table): void {
  clientFrames.push(...Object.entries(frames));
}

/** Encodes a frame; trailing undefined elements are omitted. */
export function encode(frame: ClientFrame): Uint8Array {
  const [type, spec] = clientFrames.find(([, one]) => one.startsWith(`${frame.type} `))!;
  const fields = frame as unknown as Fields;
  const columns = spec.split(" ").slice(1);
  while (columns.length && fields[columns[columns.length - 1]!.split(":")[0]!] === undefined) columns.pop();
  const out: number[] = [];
  head(out, 0x90, 0xdc, columns.length + 1);
  write(out, +type);
  for (const column of columns) {
    const [name, code] = column.split(":");
    writeAs(out, fields[name!], code);
  }
  return Uint8Array.from(out);
}

/** Decodes a frame; null for a type that is not in `frames`; throws Malformed. Surplus elements are ignored. */
export function decode(bytes: Uint8Array, frames: Table = SERVER_FRAMES): ServerFrame | null {
  const reader = new Reader(bytes);
  const items = reader.value();
  if (!reader.ended || !Array.isArray(items)) throw new Malformed();
  const spec = frames[items[0] as number];
  if (!spec) return null;
  const [type, ...columns] = spec.split(" ");
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

function named(items: unknown[], columns: string[]): Fields {
  const fields: Fields = {};
  columns.forEach((column, at) => {
    const [name, code] = column.split(":");
    const struct = code && (STRUCTS as Record<string, string>)[code];
    const item = items[at];
    fields[name!] = struct && struct[0] === "[" && item ? named(item as unknown[], struct.slice(1).split(" ")) : item;
  });
  return fields;
}

function writeAs(out: number[], value: unknown, code: string | undefined): void {
  if (!code || value === null || value === undefined) write(out, value);
  else if (code === "i") write(out, bytesFromId(value as string));
  else if (code === "p") {
    const pairs = value as [string, unknown][];
    head(out, 0x90, 0xdc, pairs.length);
    for (const [id, rest] of pairs) write(out, [bytesFromId(id), rest]);
  } else {
    const columns = (STRUCTS as Record<string, string>)[code]!.split(" ");
    const present = columns.filter((column) => (value as Fields)[column.split(":")[0]!] !== undefined);
    head(out, 0x80, 0xde, present.length);
    for (const column of present) {
      const [name, inner] = column.split(":");
      write(out, name);
      writeAs(out, (value as Fields)[name!], inner);
    }
  }
}

function write(out: number[], value: unknown): void {
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
    const entries = Object.entries(value as Fields);
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

class Reader {
  #at = 0;
  readonly #view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get ended(): boolean {
    return this.#at === this.bytes.length;
  }

  value(): unknown {
    const tag = this.#number(1);
    if (tag < 0x80) return tag;
    if (tag < 0x90) return this.#map(tag & 15);
    if (tag < 0xa0) return this.#array(tag & 15);
    if (tag < 0xc0) return this.#string(tag & 31);
    if (tag > 0xdf) return tag - 256;
    if (tag === 0xc0) return null;
    if (tag === 0xc2 || tag === 0xc3) return tag === 0xc3;
    if (tag >= 0xc4 && tag <= 0xc6) return this.#binary(this.#number(1 << (tag - 0xc4)));
    if (tag === 0xcb) return this.#view.getFloat64(this.#skip(8));
    const kind = INTEGERS[tag - 0xcc];
    if (kind) return Number(this.#view[kind](this.#skip(1 << (tag & 3))));
    if (tag >= 0xd9 && tag <= 0xdb) return this.#string(this.#number(1 << (tag - 0xd9)));
    if (tag >= 0xdc) {
      const length = this.#number(tag & 1 ? 4 : 2);
      return tag < 0xde ? this.#array(length) : this.#map(length);
    }
    throw new Malformed();
  }

  #skip(length: number): number {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.bytes.length) throw new Malformed();
    return start;
  }

  #slice(length: number): Uint8Array {
    const start = this.#skip(length);
    return this.bytes.subarray(start, this.#at);
  }

  #number(length: number): number {
    return this.#slice(length).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  #string(length: number): string {
    return text.decode(this.#slice(length));
  }

  /** Every binary value of the wire is an id. */
  #binary(length: number): string {
    return idFromBytes(this.#slice(length));
  }

  #array(length: number): unknown[] {
    const items: unknown[] = [];
    while (items.length < length) items.push(this.value());
    return items;
  }

  #map(length: number): Fields {
    const entries: [string, unknown][] = [];
    while (entries.length < length) entries.push([String(this.value()), this.value()]);
    return Object.fromEntries(entries); // not by assignment, so that `__proto__` stays a plain field
  }
}
