/** REST of screenshots. */

import type { Id, Screenshot, Screenshots } from "../../rest/types";
import { Problem, type Api } from "../rest/api";

const KNOWN_FOR = 60_000; // ms
const MAX_REQUESTS = 5; // each waits a few seconds; together longer than a picture may take

const known = new Map<Id, { readonly at: number; readonly available: Promise<boolean> }>(); // by project

export class ScreenshotsApi {
  constructor(
    private readonly api: Pick<Api, "call">,
    private readonly project: Id,
  ) {}

  /** Whether a worker can take pictures; asked once a minute, however many conversations are opened. */
  available(now = Date.now()): Promise<boolean> {
    const last = known.get(this.project);
    if (last !== undefined && now - last.at < KNOWN_FOR) return last.available;
    const asked = this.api.call<Screenshots>("GET", `/projects/${this.project}/screenshots`);
    const available = asked.then((answer) => answer.available);
    known.set(this.project, { at: now, available });
    available.catch(() => known.delete(this.project));
    return available;
  }

  /** A picture of the page that the visitor looks at. Asks again for as long as it is being taken. */
  async take(visitor: Id): Promise<Screenshot> {
    for (let request = 0; request < MAX_REQUESTS; request++) {
      const shot = await this.api.call<Screenshot>("POST", `/projects/${this.project}/visitors/${visitor}/screenshot`);
      if (shot.state === "ready") return shot;
    }
    throw new Problem(502, "page_too_slow", "no picture in time");
  }
}
