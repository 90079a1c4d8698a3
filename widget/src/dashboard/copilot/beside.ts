/** What the dashboard loads of the copilot on first use: one file, because every further one cuts the inbox into more
 *  pieces, which makes it larger. */

export { report } from "./acceptance";
export { CopilotPage } from "./page/page";
export { CopilotPanel } from "./panel/panel";
export { Translation } from "./panel/translation";
