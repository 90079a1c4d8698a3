/** After the server was restored from a backup: its seqs are below ours, and a `seq` is reused for another message. */

import { beforeEach, describe, expect, test } from "vitest";
import { seen } from "../../src/chat/in_window";
import type { HistoryPage } from "../../src/chat/store";
import { settle } from "../wire/fake_platform";
import { FakeStore } from "./storage";
import { C, idOf, ME, message, stored, Tab, welcome } from "./tab";

const OLDER = "0198f3a2-b4c5-7001-8004-0000000000ff"; // a conversation older than C
const SEND = 10;
const READ = 15;
let tab: Tab;

/** The history of a server with messages up to `last`; from `other` on they have different ids. */
function history(last: number, { conversation = C, other = Infinity, read = 0 } = {}): HistoryPage {
  const items = Array.from({ length: last }, (_, index) => {
    const { message: id, author, ref, at, kind, body, meta } = message(index + 1);
    return { seq: index + 1, id: index + 1 < other ? id : idOf(1000 + index + 1), author, ref, at, kind, body, meta };
  });
  return {
    conversation: {
      id: conversation,
      status: "open",
      assignee_name: null,
      last_seq: last,
      agent_read_seq: 0,
      read_seq: read,
    },
    items,
    has_more: false,
  };
}

/** Answers as REST does. */
function serves(page: HistoryPage): void {
  tab.answer = (which) => {
    const after = "after_seq" in which ? which.after_seq : 0;
    return { ...page, items: page.items.filter((item) => item.seq > after) };
  };
}

const shown = () => tab.chat.state.messages.map((held) => [held.seq, held.id]);
const ids = (page: HistoryPage) => page.items.map((item) => [item.seq, item.id]);

beforeEach(async () => {
  tab = new Tab(new FakeStore());
  await tab.open({ key: "k", conversation: C, last_seq: 0 });
  for (let seq = 1; seq <= 9; seq++) await tab.hears(message(seq));
  seen(tab.chat);
  await tab.loses();
});

async function comesBack(greeted = {}): Promise<void> {
  await tab.platform.pass(1_000);
  tab.platform.socket.events.opened();
  await tab.hears(welcome(greeted));
  await settle();
}

describe("positions above the server's", () => {
  test("are dropped when `welcome` has a lower seq, and the newest page is fetched", async () => {
    const page = history(3);
    serves(page);
    await comesBack({ conversation: C, last_seq: 3, recovered: false });
    await tab.platform.pass(500);
    expect(shown()).toEqual(ids(page));
    expect(tab.chat.state).toMatchObject({ covered: 3, lastSeq: 3 });
  });

  test("are dropped when only history has a lower seq, because Redis was emptied", async () => {
    const page = history(3);
    serves(page);
    await comesBack({ recovered: false });
    await tab.platform.pass(500);
    expect(shown()).toEqual(ids(page));
  });

  test("do not hide later messages of either side", async () => {
    serves(history(3));
    await comesBack({ recovered: false });
    await tab.platform.pass(500);
    tab.chat.send("my next text");
    const ref = tab.said(SEND).at(-1)![2] as string;
    await tab.hears(stored(ref, 4, idOf(1004)));
    await tab.hears(message(5, idOf(1005)));
    await tab.platform.pass(500);
    expect(shown().slice(3)).toEqual([
      [4, idOf(1004)],
      [5, idOf(1005)],
    ]);
    expect(tab.arrived.at(-1)?.seq).toBe(5);
    expect(tab.chat.state.unsent).toEqual([]);
  });

  test("are dropped after a reload too", async () => {
    const page = history(3);
    serves(page);
    tab.load();
    await tab.open({ key: "k", recovered: false });
    await tab.platform.pass(500);
    expect(shown()).toEqual(ids(page));
  });

  test("of read marks are sent again", async () => {
    serves(history(3, { read: 2 }));
    await comesBack({ recovered: false });
    await tab.platform.pass(500);
    expect(tab.chat.state.readSeq).toBe(2);
    seen(tab.chat);
    expect(tab.said(READ).at(-1)).toEqual([READ, C, 3]);
  });
});

describe("a different message at a `seq` that is held", () => {
  test("makes the chat drop its messages and fetch, when it is the only sign of a restore", async () => {
    const page = history(4, { other: 4 });
    serves(page);
    await comesBack({ conversation: C, last_seq: 9 });
    await tab.hears(message(4, idOf(1004)));
    await tab.platform.pass(500);
    expect(shown()).toEqual(ids(page));
    expect(tab.arrived.at(-1)?.message).toBe(idOf(1004));
  });

  test("is also detected for a text of another tab", async () => {
    const page = history(4, { other: 4 });
    serves(page);
    await comesBack({ conversation: C, last_seq: 9 });
    await tab.hears(stored("0198f3a2-b4c5-7007-8007-0000000000ff", 4, idOf(1004)));
    await tab.platform.pass(500);
    expect(shown()).toEqual(ids(page));
  });
});

describe("a conversation that no longer exists", () => {
  test("is dropped, and the visitor can start a new one", async () => {
    tab.answer = () => ({ conversation: null, items: [], has_more: false });
    await comesBack({ recovered: false });
    await tab.platform.pass(500);
    expect(tab.chat.state).toMatchObject({ conversation: null, messages: [], visitor: ME });
    tab.chat.send("again");
    expect(tab.said(SEND)).toHaveLength(1);
  });

  test("is replaced by the earlier one of the backup", async () => {
    const page = history(2, { conversation: OLDER });
    serves(page);
    await comesBack({ recovered: false });
    await tab.platform.pass(500);
    expect(tab.chat.state.conversation?.id).toBe(OLDER);
    expect(shown()).toEqual(ids(page));
  });
});

test("a repeated message changes nothing", async () => {
  serves(history(9));
  const before = shown();
  await comesBack({ conversation: C, last_seq: 9 });
  await tab.hears(message(9));
  await tab.hears(message(4));
  await tab.platform.pass(500);
  expect(shown()).toEqual(before);
  expect(tab.asked).toEqual([]);
});
