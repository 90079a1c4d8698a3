/** The actions of the dashboard's reducer, and the effects that it asks the store to run. */

import type { FormChange } from "../../wire/frames";
import type {
  Altered,
  Change,
  Conversation,
  Facts,
  Id,
  Kind,
  Live,
  Member,
  Message,
  OwnerChange,
  Person,
  Reply,
  Resource,
  State,
  Status,
  UnreadCounts,
  Visitor,
} from "./model";
import type { FilterKey } from "./filter";
import type { StreamAction } from "../assistant/live";
import type { SelectionAction } from "../bulk/selection";

/** An action made from a frame of the server. */
export type FrameAction =
  | { readonly type: "message"; readonly conversation: Id; readonly message: Message; readonly facts?: Facts }
  | {
      readonly type: "changed";
      readonly conversation: Id;
      readonly seq: number;
      readonly at: number;
      readonly status: Status | null;
      readonly assigned: boolean;
      readonly assignee: { readonly id: Id; readonly full_name: string } | null;
      readonly by?: Person | null;
      readonly change?: number | null; // its number; missing from older servers
      readonly message?: Altered | null; // one that was edited or redacted
      readonly owner?: OwnerChange | null;
    }
  | StreamAction
  | { readonly type: "delivered"; readonly conversation: Id; readonly seq: number }
  | {
      readonly type: "identified";
      readonly visitor: Id;
      readonly name: string;
      readonly facts: Facts;
      readonly verified?: Facts;
    }
  | {
      readonly type: "form changed";
      readonly conversation: Id;
      readonly form: FormChange;
      readonly now: number;
      readonly change?: number | null; // its number; `filling` has none
    }
  | { readonly type: "read"; readonly conversation: Id; readonly seq: number; readonly reader: Person }
  | {
      readonly type: "typing";
      readonly conversation: Id;
      readonly on: boolean;
      readonly who: Person;
      readonly now: number;
    }
  | { readonly type: "presence"; readonly visitors: readonly (readonly [Id, boolean])[] }
  | { readonly type: "page"; readonly visitor: Id; readonly url: string; readonly title: string; readonly at: number }
  | { readonly type: "touched"; readonly resource: Resource; readonly id?: Id | null };

export type UserAction =
  | { readonly type: "view"; readonly view: FilterKey }
  | { readonly type: "query"; readonly query: string }
  | SelectionAction
  | { readonly type: "open"; readonly conversation: Id | null }
  | { readonly type: "translate"; readonly conversation: Id; readonly on: boolean }
  | { readonly type: "reply"; readonly conversation: Id; readonly reply: Reply }
  | { readonly type: "discard"; readonly conversation: Id; readonly ref: Id }
  | { readonly type: "mark read"; readonly conversation: Id; readonly seq: number };

/** Actions made from responses of REST. `tick` is the state's tick at the time of the request: later frames are
 *  newer. */
export type ResponseAction =
  | { readonly type: "list asked"; readonly view: FilterKey }
  | {
      readonly type: "list";
      readonly view: FilterKey;
      readonly items: readonly Conversation[];
      readonly cursor: string | null;
      readonly fresh: boolean; // the first page: all rows below it are dropped
      readonly tick: number;
    }
  | { readonly type: "found"; readonly query: string; readonly items: readonly Conversation[]; readonly tick: number }
  | { readonly type: "list failed"; readonly view: FilterKey }
  | { readonly type: "conversation"; readonly conversation: Conversation; readonly tick: number }
  | { readonly type: "conversation missing"; readonly conversation: Id }
  | {
      readonly type: "owner";
      readonly conversation: Id;
      readonly owner: Conversation["owner"];
      readonly reason: string | null;
    }
  | { readonly type: "messages asked"; readonly conversation: Id }
  | {
      readonly type: "messages";
      readonly conversation: Id;
      readonly where: "latest" | "older" | "after" | "altered";
      readonly items: readonly Message[];
      readonly has_more: boolean;
      readonly changes?: readonly Change[]; // missing from older servers
      readonly change?: number; // the conversation's last one when the page was asked for, as far as it was known
    }
  | { readonly type: "messages failed"; readonly conversation: Id }
  | { readonly type: "sent"; readonly conversation: Id; readonly message: Message }
  | { readonly type: "altered"; readonly conversation: Id; readonly message: Message }
  | { readonly type: "reply failed"; readonly conversation: Id; readonly ref: Id; readonly resend: boolean }
  | { readonly type: "members"; readonly members: readonly Member[] }
  | { readonly type: "visitor"; readonly visitor: Visitor }
  | { readonly type: "unread"; readonly counts: UnreadCounts; readonly moves: number };

export type Action =
  | FrameAction
  | UserAction
  | ResponseAction
  | { readonly type: "live"; readonly live: Live }
  | { readonly type: "watching"; readonly conversation: Id; readonly now: number }
  | { readonly type: "stream answered"; readonly conversation: Id }
  | { readonly type: "resync" } // events may have been missed: fetch again
  | { readonly type: "tick"; readonly now: number };

/** Side effects for the store to run. */
export type Effect =
  | { readonly type: "fetch list"; readonly fresh: boolean }
  | { readonly type: "find"; readonly query: string }
  | { readonly type: "refresh visitors" }
  | { readonly type: "fetch conversation"; readonly conversation: Id }
  | { readonly type: "fetch latest"; readonly conversation: Id }
  | { readonly type: "fetch after"; readonly conversation: Id; readonly seq: number }
  | { readonly type: "fetch altered"; readonly conversation: Id; readonly after: number; readonly change: number }
  | { readonly type: "fetch visitor"; readonly visitor: Id }
  | { readonly type: "fetch unread" }
  | { readonly type: "ask stream"; readonly conversation: Id }
  | {
      readonly type: "announce";
      readonly conversation: Id;
      readonly seq: number;
      readonly body: string;
      readonly kind: Kind;
    };

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}
