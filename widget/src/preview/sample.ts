/** The conversation that the preview shows. */

import type { History } from "../rest/types";
import { CONVERSATION, VISITOR } from "./transport";

const AGENT = "01936b2e-8c00-7a00-8000-000000000003";

const TEXTS = {
  en: ["Hello! Do you deliver on Saturdays?", "Yes, until noon. Shall I book a slot for you?"],
  vi: ["Chào bạn! Thứ Bảy có giao hàng không?", "Có, đến trưa. Tôi đặt lịch cho bạn nhé?"],
} as const;

export const NOTHING: History = { conversation: null, items: [], has_more: false };

/** A question and its answer, which have just been written. */
export function sample(language: string, now: number): History {
  const [question, answer] = TEXTS[language.startsWith("vi") ? "vi" : "en"];
  const written = { kind: "text", at: now, meta: {}, content: null } as const;
  return {
    conversation: {
      id: CONVERSATION,
      status: "open",
      assignee_name: null,
      last_seq: 2,
      last_change: 0,
      agent_read_seq: 2,
      read_seq: 2,
      owner: null,
    },
    items: [
      {
        ...written,
        seq: 1,
        id: numbered(11),
        ref: numbered(21),
        author: { party: "visitor", id: VISITOR, name: "" },
        body: question,
      },
      {
        ...written,
        seq: 2,
        id: numbered(12),
        ref: null,
        author: { party: "agent", id: AGENT, name: "Mai" },
        body: answer,
      },
    ] as unknown as History["items"],
    has_more: false,
  };
}

const numbered = (n: number) => `01936b2e-8c00-7a00-8000-0000000000${n}`;
