/** Says that the agent has sent what the copilot wrote, and how far from it. */

import type { Api } from "../rest/api";
import type { Accepted } from "../store/drafts";
import { CopilotApi } from "./api";
import { distance } from "./model/distance";

/** `body`: what was sent. A report that fails is lost: the figures miss one reply. */
export async function report(
  api: Api,
  project: string,
  { session, message, text }: Accepted,
  body: string,
): Promise<void> {
  const edited = distance(text.trim(), body.trim());
  await new CopilotApi(api, project).accepted(session, message, edited).catch(() => undefined);
}
