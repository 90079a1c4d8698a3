/** Sends bytes with progress, which `fetch` does not report. */

const SECOND = 1_000; // ms
const STALL_TIMEOUT = 30 * SECOND; // without a byte sent
const ANSWER_TIMEOUT = 125 * SECOND; // without the response to all of them, which the server sends within 120 s

export interface Sent {
  readonly status: number; // 0: no response
  readonly body: string;
  readonly retryAfter: number; // s; 0: the server names none
}

export interface Progress {
  sent(bytes: number): void;
  uploaded(): void;
}

/** Resolves with the response, whatever it says, and with the status 0 if there is none in time. */
export function put(
  url: string,
  body: Blob,
  headers: Readonly<Record<string, string>>,
  progress: Progress,
  signal: AbortSignal,
): Promise<Sent> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    let timer = 0;
    const expect = (wait: number) => {
      clearTimeout(timer);
      timer = window.setTimeout(abort, wait);
    };
    request.upload.onprogress = ({ loaded }) => {
      expect(STALL_TIMEOUT);
      progress.sent(loaded);
    };
    request.upload.onload = () => {
      expect(ANSWER_TIMEOUT);
      progress.uploaded();
    };
    request.onloadend = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      // Of another origin's headers only some may be read, and asking for the others is logged as an error.
      const retryAfter = Number(/^retry-after: (\d+)/im.exec(request.getAllResponseHeaders())?.[1] ?? 0);
      resolve({ status: request.status, body: request.responseText, retryAfter });
    };
    signal.addEventListener("abort", abort);
    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    expect(STALL_TIMEOUT);
    request.send(body);
  });
}
