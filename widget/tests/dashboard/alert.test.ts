import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import * as notices from "../../src/dashboard/store/notices";
import { type Alert, Alerts } from "../../src/dashboard/store/alert";
import type { Tabs } from "../../src/dashboard/store/tabs";

const HELLO: Alert = { key: "talk:1", conversation: "talk", name: "Ana", body: "hello?" };
const AGAIN: Alert = { ...HELLO, key: "talk:2" };

/** Tabs of one browser: each hears what the others post, one of them has the roles. */
class Browser {
  readonly channels: { onmessage: ((event: MessageEvent) => void) | null }[] = [];
  holder = 0;
  reading = false;
  device = { sounds: true, notifies: true };

  tab(): Alerts {
    const index = this.channels.length;
    const channel = {
      onmessage: null as ((event: MessageEvent) => void) | null,
      postMessage: (data: unknown) => {
        for (const other of this.channels) if (other !== channel) other.onmessage?.({ data } as MessageEvent);
      },
      close: () => undefined,
    };
    this.channels.push(channel);
    const tabs = { isRead: async () => this.reading, has: async () => this.holder === index } as unknown as Tabs;
    return new Alerts(tabs, { alerting: async () => this.device }, "shop", () => undefined, channel);
  }
}

let sounds: number;
let shown: string[];

beforeEach(() => {
  [sounds, shown] = [0, []];
  vi.spyOn(notices, "canSound").mockReturnValue(true);
  vi.spyOn(notices, "canNotify").mockReturnValue(true);
  vi.spyOn(notices, "watched").mockReturnValue(false);
  vi.spyOn(notices, "sound").mockImplementation(() => void sounds++);
  vi.spyOn(notices, "notify").mockImplementation((title) => void shown.push(title));
});
afterEach(() => vi.restoreAllMocks());

describe("one alert per message", () => {
  test("over all tabs, in whatever order they hear of it", async () => {
    const browser = new Browser();
    const [first, second, third] = [browser.tab(), browser.tab(), browser.tab()];
    for (const tab of [second, third, first]) await tab.announce(HELLO);
    expect([sounds, shown]).toEqual([1, ["Ana"]]);
    for (const tab of [first, second, third]) await tab.announce(AGAIN);
    expect(sounds).toBe(2);
  });

  test("if the tab whose role it is hears of it only from another tab", async () => {
    const browser = new Browser();
    browser.tab();
    await browser.tab().announce(HELLO);
    await vi.waitFor(() => expect(sounds).toBe(1));
  });

  test("if a tab gets the message late, and the role in between", async () => {
    const browser = new Browser();
    const [first, second] = [browser.tab(), browser.tab()];
    await first.announce(HELLO);
    browser.holder = 1; // the first tab was closed
    await second.announce(HELLO);
    expect([sounds, shown.length]).toEqual([1, 1]);
  });

  test("on one device: another one that is in use leaves this one silent", async () => {
    const browser = new Browser();
    browser.device = { sounds: false, notifies: true };
    await browser.tab().announce(HELLO);
    expect([sounds, shown.length]).toEqual([0, 1]);
  });

  test("and none while the conversation is read", async () => {
    const browser = new Browser();
    browser.reading = true;
    await browser.tab().announce(HELLO);
    expect([sounds, shown.length]).toEqual([0, 0]);
  });
});
