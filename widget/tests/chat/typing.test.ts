/** Typing signals of agents, as the window shows them. */

import { expect, test } from "vitest";
import type { ServerTypingFrame } from "../../src/wire/frames";
import { FakeStore } from "./storage";
import { C, MAI, ME, message, OTHER, Tab } from "./tab";

test("typing is prolonged by another signal, ends with a stop, and never shows the visitor", async () => {
  const tab = new Tab(new FakeStore());
  const signal: ServerTypingFrame = {
    type: "typing",
    conversation: C,
    on: true,
    who: { party: "agent", id: MAI, name: "Mai" },
  };
  await tab.open({ key: "k" });
  await tab.hears(message(1));
  await tab.hears(signal);
  await tab.platform.pass(3_000);
  await tab.hears(signal);
  await tab.platform.pass(4_000);
  expect(tab.chat.state.typing).toHaveLength(1);
  await tab.hears({ ...signal, on: false });
  expect(tab.chat.state.typing).toEqual([]);
  await tab.hears({ ...signal, who: { party: "visitor", id: ME, name: "" } });
  await tab.hears({ ...signal, conversation: OTHER });
  expect(tab.chat.state.typing).toEqual([]);
});
