/** Jumps to one message of a conversation: older pages are loaded until it is there, then it is shown and marked. */

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Thread } from "../../state/model";

const MAX_PAGES = 100; // then the agent stays where the loading has come to

interface Place {
  readonly conversation: string;
  readonly seq: number;
}

let asked: Place | null = null;

/** Call it before the conversation is opened; an open one jumps at once. */
export function jumpTo(conversation: string, seq: number): void {
  asked = { conversation, seq };
  dispatchEvent(new Event("parley:jump"));
}

function taken(conversation: string): number | null {
  if (asked?.conversation !== conversation) return null;
  const { seq } = asked;
  asked = null;
  return seq;
}

interface List {
  readonly box: RefObject<HTMLElement | null>;
  readonly older: () => void; // loads the page before
  readonly moved: () => void; // call it after the list was scrolled
}

export interface Jump {
  readonly under_way: boolean;
  readonly found: number | null; // the seq of the message that is marked, until the focus leaves it
}

/** Call it after the hook that keeps the scroll position: the later layout effect decides. */
export function useJump(conversation: string, thread: Thread, { box, older, moved }: List): Jump {
  const [wanted, setWanted] = useState(() => taken(conversation));
  const [found, setFound] = useState<number | null>(null);
  const pages = useRef(0);

  useEffect(() => {
    const look = (): void => {
      const seq = taken(conversation);
      if (seq === null) return;
      pages.current = 0;
      setFound(null);
      setWanted(seq);
    };
    addEventListener("parley:jump", look);
    return () => removeEventListener("parley:jump", look);
  }, [conversation]);

  useLayoutEffect(() => {
    if (wanted === null || !thread.loaded || thread.loading === "busy") return;
    const there = elementOf(box.current, wanted) !== null;
    if (!there && thread.loading === "idle" && thread.older && pages.current < MAX_PAGES) {
      pages.current++;
      return older();
    }
    if (there) setFound(wanted);
    setWanted(null);
  }, [wanted, thread]);

  useLayoutEffect(() => {
    const message = found === null ? null : elementOf(box.current, found);
    if (message === null) return undefined;
    message.scrollIntoView({ block: "center" });
    message.tabIndex = -1;
    message.focus({ preventScroll: true }); // screen readers read it
    moved();
    const leave = (): void => {
      // When the window loses the focus it is still the active element.
      if (document.activeElement !== message) setFound(null);
    };
    message.addEventListener("blur", leave);
    return () => {
      message.removeEventListener("blur", leave);
      message.removeAttribute("tabindex");
    };
  }, [found]);

  return { under_way: wanted !== null, found };
}

function elementOf(box: HTMLElement | null, seq: number): HTMLElement | null {
  return box?.querySelector<HTMLElement>(`[data-seq="${seq}"]`) ?? null;
}
