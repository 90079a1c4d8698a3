/** Alerts the agent to a new message: once on one device, from one tab, and not while one of the tabs shows the
 *  conversation. Whichever tab hears of a message first tells the others, so that the tab whose role it is to alert
 *  does so even if its own connection is late, and alerts to a message once, also if it gets the role in between. */

import type { Attention } from "../notifications/attention";
import type { Id } from "../state/model";
import { canNotify, canSound, notify, sound, watched } from "./notices";
import type { Tabs } from "./tabs";

const MAX_REMEMBERED = 200; // messages

export interface Alert {
  readonly key: string; // of the message
  readonly conversation: Id;
  readonly name: string; // what a desktop notification is headed with
  readonly body: string;
}

type Channel = Pick<BroadcastChannel, "postMessage" | "close"> & {
  onmessage: ((event: MessageEvent) => void) | null;
};

export class Alerts {
  private readonly heard = new Set<string>();

  constructor(
    private readonly tabs: Tabs,
    private readonly attention: Pick<Attention, "alerting">,
    private readonly project: Id,
    private readonly clicked: (conversation: Id) => void,
    private readonly channel: Channel | null,
  ) {
    if (channel !== null) channel.onmessage = ({ data }) => void this.alert(data as Alert);
  }

  /** A message has arrived in this tab. */
  announce(alert: Alert): Promise<void> {
    if (!this.heard.has(alert.key)) this.channel?.postMessage(alert);
    return this.alert(alert);
  }

  close(): void {
    this.channel?.close();
  }

  private async alert({ key, conversation, name, body }: Alert): Promise<void> {
    if (this.heard.has(key)) return;
    this.remember(key);
    if (await this.tabs.isRead(conversation)) return;
    // A tab competes for a role only if it can fill it: sound needs a user gesture in that tab.
    const sounds = canSound() && (await this.tabs.has("sound"));
    const notifies = canNotify() && !watched() && (await this.tabs.has("notification"));
    if (!sounds && !notifies) return;
    const device = await this.attention.alerting();
    if (sounds && device.sounds) sound(performance.now());
    if (notifies && device.notifies) notify(name, body, this.project, conversation, () => this.clicked(conversation));
  }

  private remember(key: string): void {
    this.heard.add(key);
    if (this.heard.size <= MAX_REMEMBERED) return;
    const [oldest] = this.heard;
    if (oldest !== undefined) this.heard.delete(oldest);
  }
}

/** The channel of an agent's tabs of one project, or null. */
export function browserChannel(owner: Id, project: Id): Channel | null {
  return typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(`parley:${owner}:${project}`);
}
