/** The server's side of the codec for tests: encodes server frames, and decodes client frames into plain values. */

import { bytesFromId, decode } from "../../src/wire/codec";
import { AGENT_FRAMES, MAPS_OF_SERVER, SERVER_FRAMES, STREAM_FRAMES, STRUCTS } from "../../src/wire/frames";
import type { ServerFrame } from "../../src/wire/frames";

/** The frames of agents and of the assistant included. */
export const ALL_FRAMES = { ...SERVER_FRAMES, ...AGENT_FRAMES, ...STREAM_FRAMES };

type Fields = Record<string, unknown>;

/** Always the longest encoding, so that the client's short ones are not tested against themselves. */
export function pack(value: unknown): number[] {
  const long = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
  if (value === null || value === undefined) return [0xc0];
  if (typeof value === "boolean") return [value ? 0xc3 : 0xc2];
  if (typeof value === "number") return [0xcf, ...long(Math.floor(value / 2 ** 32)), ...long(value % 2 ** 32)];
  if (typeof value === "string") {
    const bytes = [...new TextEncoder().encode(value)];
    return [0xdb, ...long(bytes.length), ...bytes];
  }
  if (value instanceof Uint8Array) return [0xc6, ...long(value.length), ...value];
  if (Array.isArray(value)) return [0xdd, ...long(value.length), ...value.flatMap(pack)];
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return [0xdf, ...long(entries.length), ...entries.flatMap(([name, field]) => [...pack(name), ...pack(field)])];
}

export function encodeServerFrame(frame: ServerFrame): Uint8Array {
  const [type, spec] = Object.entries(ALL_FRAMES).find(([, columns]) => columns.split(" ")[0] === frame.type)!;
  return Uint8Array.from(pack([+type, ...elements(frame as unknown as Fields, spec.split(" ").slice(1))]));
}

function elements(fields: Fields, columns: string[]): unknown[] {
  return columns.map((column) => {
    const [name, code] = column.split(":") as [string, string | undefined];
    return coded(fields[name], code);
  });
}

function coded(value: unknown, code: string | undefined): unknown {
  if (!code || value === null || value === undefined) return value;
  if (code === "i") return bytesFromId(value as string);
  if (code === "p") return (value as [string, unknown][]).map(([id, rest]) => [bytesFromId(id), rest]);
  const spec = ({ ...STRUCTS, ...MAPS_OF_SERVER } as Record<string, string>)[code]!;
  const columns = spec.replace("[", "").split(" ");
  if (spec[0] === "[") return elements(value as Fields, columns);
  const pairs = columns.map((column) => column.split(":") as [string, string | undefined]);
  return Object.fromEntries(pairs.map(([name, inner]) => [name, coded((value as Fields)[name], inner)]));
}

/** `[type, …]` of a client's frame, ids as text. */
export function decodeClientFrame(bytes: Uint8Array): unknown[] {
  const wrapped = decode(Uint8Array.of(0x93, 3, 0, ...bytes), ALL_FRAMES); // read inside an `ok`
  return (wrapped as unknown as { result: unknown[] }).result;
}
