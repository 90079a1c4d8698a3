/** Hooks of the copilot's views: they follow a session at most once per animation frame. */

import { useEffect, useMemo, useReducer, useRef } from "preact/hooks";

import type { ServerFrame } from "../../wire/frames";
import { useWorkspace } from "../views/hooks";
import { useSession } from "../views/session";
import { CopilotApi } from "./api";
import { type ConversationCopilot, copilotOf } from "./conversation";
import { isCopilotFrame } from "./model/stream";

const TURNS_DELAY = 300; // ms; a short turn begins and ends within it

interface Followed {
  subscribe(listener: () => void): () => void;
}

/** Draws again after each change of `one`. */
export function useChanges(one: Followed | null): void {
  const [, rerender] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    if (one === null) return undefined;
    let asked = 0;
    const stop = one.subscribe(() => {
      if (asked !== 0) return;
      asked = requestAnimationFrame(() => {
        asked = 0;
        rerender(undefined);
      });
    });
    rerender(undefined); // it may have changed between the first paint and this effect
    return () => {
      stop();
      cancelAnimationFrame(asked);
    };
  }, [one]);
}

export function useConversationCopilot(conversation: string): ConversationCopilot {
  const { store, project } = useWorkspace();
  const { api } = useSession();
  const copilot = copilotOf(store, api, project.id, conversation);
  useChanges(copilot);
  return copilot;
}

/** Calls `reload` a moment after a question or a turn of one of the agent's sessions has begun or ended. */
export function useTurns(reload: () => Promise<void>, session?: string): void {
  const { store } = useWorkspace();
  const latest = useRef(reload);
  latest.current = reload;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const received = (frame: ServerFrame): void => {
      if (!isCopilotFrame(frame) || frame.type === "copilottoken" || frame.type === "copilotstatus") return;
      if (session !== undefined && frame.session !== session) return;
      clearTimeout(timer);
      timer = setTimeout(() => void latest.current(), TURNS_DELAY);
    };
    store.frame_listeners.add(received);
    return () => {
      store.frame_listeners.delete(received);
      clearTimeout(timer);
    };
  }, [store, session]);
}

export function useCopilotApi(): CopilotApi {
  const { project } = useWorkspace();
  const { api } = useSession();
  return useMemo(() => new CopilotApi(api, project.id), [api, project.id]);
}
