/** Which of the agent's devices alerts. This tab reports how it is used, and is told whether this device is the one in
 *  use, or was used last; the server knows the others (server/api/notifications/attention.py). */

import type { Alerting, Id, TabReport } from "../../rest/types";
import type { Api } from "../rest/api";
import { canNotify, canSound, watched } from "../store/notices";
import { newId } from "../../wire/ids";

const REPORT_INTERVAL = 30_000; // ms between two reports of a tab
const IDLE_AFTER = 5 * 60_000; // ms without a key or a click, after which a tab with the focus is not being watched
const ANSWER_TIMEOUT = 1_500; // ms for an answer; then this device alerts: twice is better than never
const DEVICE = "parley:device";
const USES = ["pointerdown", "keydown", "wheel"] as const;

export class Attention {
  private readonly tab = newId(Date.now());
  private readonly device = deviceOf();
  private used = performance.now();
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(
    private readonly api: Api,
    private readonly project: Id,
  ) {}

  /** Reports until the returned function is called. */
  start(): () => void {
    const use = (): void => {
      const was_idle = performance.now() - this.used > IDLE_AFTER;
      this.used = performance.now();
      if (was_idle) void this.report();
    };
    const look = (): void => {
      if (watched()) this.used = performance.now();
      void this.report();
    };
    const leave = (): void => void this.send(true);
    for (const name of USES) addEventListener(name, use, { passive: true });
    for (const name of ["focus", "blur", "pageshow"]) addEventListener(name, look);
    document.addEventListener("visibilitychange", look);
    addEventListener("pagehide", leave);
    this.timer = setInterval(() => void this.report(), REPORT_INTERVAL);
    void this.report();
    return () => {
      for (const name of USES) removeEventListener(name, use);
      for (const name of ["focus", "blur", "pageshow"]) removeEventListener(name, look);
      document.removeEventListener("visibilitychange", look);
      removeEventListener("pagehide", leave);
      if (this.timer !== null) clearInterval(this.timer);
      leave();
    };
  }

  /** Asked before an alert. Without an answer this device alerts. */
  async alerting(): Promise<Alerting> {
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), ANSWER_TIMEOUT));
    return (await Promise.race([this.report(), late])) ?? { sounds: true, notifies: true };
  }

  private report(): Promise<Alerting | null> {
    return this.send(false);
  }

  private async send(gone: boolean): Promise<Alerting | null> {
    const unused = Math.round(performance.now() - this.used);
    const body: TabReport = {
      tab: this.tab,
      device: this.device,
      focused: watched() && unused < IDLE_AFTER,
      sounds: canSound(),
      notifies: canNotify(),
      unused,
      gone,
    };
    try {
      return await this.api.call<Alerting>("POST", `/projects/${this.project}/me/attention`, body);
    } catch {
      return null; // an older server, or none
    }
  }
}

/** The same for all tabs of this browser. */
function deviceOf(): Id {
  try {
    const known = localStorage.getItem(DEVICE);
    if (known !== null && /^[0-9a-f-]{36}$/.test(known)) return known;
    const made = newId(Date.now());
    localStorage.setItem(DEVICE, made);
    return made;
  } catch {
    return newId(Date.now()); // without storage each tab is a device of its own
  }
}
