/** Runs a test chat against the server, one step at a time, with the draft as it is on the screen. */

import { useEffect, useRef, useState } from "preact/hooks";

import { type RequestState, useRequest } from "../../parts/use_request";
import type { AssistantApi, Received } from "../api";
import type { Workflow } from "../model/graph";
import { answered, isQuiet, NEW_CHAT, played, type TestChat, wrote } from "../model/test_chat";

export interface TestRun {
  readonly chat: TestChat;
  readonly doing: RequestState;
  readonly write: (text: string) => void;
  readonly play: (received: Received) => void;
  readonly restart: () => void;
}

export function useTestChat(api: AssistantApi, workflow: Workflow, onActive: (node: string) => void): TestRun {
  const [chat, setChat] = useState(NEW_CHAT);
  const doing = useRequest();
  const run = useRef(0); // a restarted chat ignores answers to the former one
  const executed = useRef(workflow); // a turn ends with the workflow that it began with
  const step = async (from: TestChat, ask: { messages?: readonly string[]; received?: Received }): Promise<void> => {
    const mine = run.current;
    let now = answered(from, await api.test({ workflow: executed.current, state: from.state, ...ask }));
    // The message is stored at once: there is nothing to play.
    while (now.effect?.type === "say")
      now = answered(now, await api.test({ workflow: executed.current, state: now.state, received: { type: "said" } }));
    if (mine === run.current) setChat(now);
  };
  useEffect(() => onActive(chat.entries.length === 0 ? "" : chat.node), [chat]);
  return {
    chat,
    doing,
    write: (text) => {
      if (!isQuiet(chat) || doing.busy) return;
      const next = wrote(chat, text);
      executed.current = workflow;
      void doing.run(() => step(next, { messages: [text] }));
    },
    play: (received) => {
      if (isQuiet(chat) || doing.busy) return;
      void doing.run(() => step(played(chat, received), { received }));
    },
    restart: () => {
      run.current++;
      doing.clear();
      setChat(NEW_CHAT);
    },
  };
}
