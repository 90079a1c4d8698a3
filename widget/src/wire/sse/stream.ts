/** Hops 1 and 9 where websockets are blocked: one connection as an event stream and POSTs (PROTOCOL.md, "Without
 *  websockets"). The counterpart of a WebSocket. */

import type { Platform, WebSocketEvents, WebSocketLike } from "../platform";

const LOST = 1006; // the code of a connection that ended without one
const MAX_FRAMES = 64; // in one POST
const MAX_CHARACTERS = 100_000; // of its body, except for a single frame
const POST_TIMEOUT = 15_000; // ms
const FIRST_PAUSE = 250; // ms before a POST is sent again, doubled each time
const MAX_PAUSE = 4_000; // ms

export interface StreamAddress {
  /** Of the server, without a slash at its end. */
  readonly origin: string;
  readonly project: string;
}

export function dialStream(
  { origin, project }: StreamAddress,
  events: WebSocketEvents,
  clock: Pick<Platform, "after">,
): WebSocketLike {
  const stream = new AbortController();
  const unsent: string[] = [];
  let token = "";
  let first = 1; // the number of the first unsent frame
  let posting = false;

  const ask = (path: string, signal: AbortSignal, body?: string) =>
    fetch(`${origin}/sse${path}?project=${project}`, {
      method: "POST",
      headers: body ? { "Content-Type": "text/plain" } : undefined, // of which a page need not ask for leave
      body,
      signal,
      cache: "no-store",
      credentials: "omit",
    });

  const end = (code: number) => {
    if (stream.signal.aborted) return;
    stream.abort();
    events.closed(code);
  };

  /** The number of the last frame that the server has taken; null: send the same again. */
  const attempt = async (frames: string[]): Promise<number | null> => {
    const giveUp = new AbortController();
    const stop = () => giveUp.abort();
    stream.signal.addEventListener("abort", stop);
    const disarm = clock.after(POST_TIMEOUT, stop);
    try {
      const answer = await ask("/frames", giveUp.signal, [token, first, ...frames].join("\n"));
      const text = await answer.text();
      if (answer.ok) return Number(text);
      if (answer.status < 500 && answer.status !== 429) end(LOST);
    } catch {
      // No answer: the server may have taken the frames, and then skips them.
    } finally {
      disarm();
      stream.signal.removeEventListener("abort", stop);
    }
    return null;
  };

  /** Sends what is unsent, one POST at a time, so that none overtakes another. */
  const post = async () => {
    if (posting || !token) return;
    posting = true;
    for (let pause = FIRST_PAUSE; unsent.length && !stream.signal.aborted; ) {
      const frames = portion(unsent);
      const taken = (await attempt(frames)) ?? first - 1;
      unsent.splice(0, taken + 1 - first);
      const some = taken >= first;
      first = taken + 1;
      if (some) pause = FIRST_PAUSE;
      else {
        await new Promise<void>((resume) => clock.after(pause, resume));
        pause = Math.min(MAX_PAUSE, pause * 2);
      }
    }
    posting = false;
  };

  const take = (block: string) => {
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (data === undefined) return; // a comment
    const event = /^event: (.*)$/m.exec(block)?.[1];
    if (event === "open") {
      token = data;
      events.opened();
      void post();
    } else if (event === "close") end(parseInt(data, 10));
    else if (!event) events.received(Uint8Array.from(atob(data), (character) => character.charCodeAt(0)));
  };

  const read = async () => {
    const answer = await ask("", stream.signal);
    const reader = answer.ok && answer.body?.getReader();
    if (!reader) return;
    const utf8 = new TextDecoder();
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const blocks = (text + utf8.decode(part.value, { stream: true })).split("\n\n");
      text = blocks.pop()!;
      for (const block of blocks) if (!stream.signal.aborted) take(block);
    }
  };

  read()
    .catch(() => undefined)
    .then(() => end(LOST));
  return {
    send: (bytes) => {
      unsent.push(base64(bytes));
      void post();
    },
    close: () => stream.abort(),
  };
}

/** The first frames, as many as one POST may have. */
function portion(unsent: string[]): string[] {
  let count = 1;
  let length = unsent[0]!.length;
  while (count < Math.min(MAX_FRAMES, unsent.length) && length + unsent[count]!.length <= MAX_CHARACTERS)
    length += unsent[count++]!.length;
  return unsent.slice(0, count);
}

function base64(bytes: Uint8Array): string {
  let characters = "";
  for (const byte of bytes) characters += String.fromCharCode(byte);
  return btoa(characters);
}
