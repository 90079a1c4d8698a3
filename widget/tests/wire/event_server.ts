/** A server of event streams behind a fake `fetch`. */

declare const setImmediate: (act: (value: unknown) => void) => void; // of Node

export interface Posted {
  token: string;
  first: number;
  frames: number[][];
}

type Answer = { status: number; text: string } | "lost";

export class EventServer {
  opened = 0;
  reachable = true; // answers /livez
  serves = true; // opens streams
  readonly posts: Posted[] = [];
  answer: (post: Posted) => Answer = ({ first, frames }) => ({ status: 200, text: `${first + frames.length - 1}` });
  aborted = false;
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;

  readonly fetch = (input: string, init: RequestInit = {}): Promise<Response> => {
    const { pathname } = new URL(input);
    if (pathname === "/livez")
      return this.reachable ? Promise.resolve(new Response("ok\n")) : Promise.reject(new TypeError("unreachable"));
    if (pathname === "/sse/frames") return this.#post(`${init.body as string}`);
    if (!this.serves) return Promise.resolve(new Response("", { status: 403 }));
    this.opened++;
    this.aborted = false;
    init.signal?.addEventListener("abort", () => {
      this.aborted = true;
      this.#stream?.error(new DOMException("aborted", "AbortError"));
      this.#stream = null;
    });
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => {
        this.#stream = stream;
      },
    });
    return Promise.resolve(new Response(body, { headers: { "Content-Type": "text/event-stream" } }));
  };

  write(text: string): void {
    this.#stream?.enqueue(new TextEncoder().encode(text));
  }

  token(): void {
    this.write(`:${" ".repeat(2048)}\n\nevent: open\ndata: the token\n\n`);
  }

  frame(...bytes: number[]): void {
    this.write(`data: ${btoa(String.fromCharCode(...bytes))}\n\n`);
  }

  end(): void {
    this.#stream?.close();
    this.#stream = null;
  }

  #post(body: string): Promise<Response> {
    const [token = "", first = "", ...frames] = body.split("\n");
    const post = {
      token,
      first: +first,
      frames: frames.map((frame) => [...atob(frame)].map((character) => character.charCodeAt(0))),
    };
    this.posts.push(post);
    const answer = this.answer(post);
    if (answer === "lost") return Promise.reject(new TypeError("lost"));
    return Promise.resolve(new Response(answer.text, { status: answer.status }));
  }
}

/** Lets streams and responses pass on what they have. */
export async function delivered(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resume) => setImmediate(resume));
}
