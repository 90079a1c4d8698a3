/** Edits and redactions of messages, over REST. The frame of the change may come before or after the response. */

import { type Api, Problem } from "../rest/api";
import type { Action } from "../state/actions";
import type { Id, Message } from "../state/model";

/** `stale`: another person has altered the message, and the state now has what became of it. */
export type Outcome = "done" | "stale" | "refused" | "unreachable";

export class Alterations {
  constructor(
    private readonly api: Api,
    private readonly project: Id,
    private readonly dispatch: (action: Action) => void,
  ) {}

  /** Replaces the text of the message as it was in this version. */
  async edit(conversation: Id, message: Message, body: string, version: number): Promise<Outcome> {
    try {
      const edited = await this.api.edit(this.project, conversation, message.id, { body, version });
      this.dispatch({ type: "altered", conversation, message: edited });
      return "done";
    } catch (error) {
      if (error instanceof Problem && error.code === "stale") return this.look(conversation, message);
      return outcomeOf(error);
    }
  }

  async redact(conversation: Id, message: Message): Promise<Outcome> {
    try {
      const redacted = await this.api.redact(this.project, conversation, message.id);
      this.dispatch({ type: "altered", conversation, message: redacted });
      return "done";
    } catch (error) {
      return outcomeOf(error);
    }
  }

  /** Loads what another person has made of the message: its frame may be late, or lost. */
  private async look(conversation: Id, { id, seq }: Message): Promise<Outcome> {
    try {
      const { items } = await this.api.messages(this.project, conversation, `after_seq=${seq - 1}`);
      const now = items.find((item) => item.id === id);
      if (now === undefined) return "refused"; // the conversation was deleted
      this.dispatch({ type: "altered", conversation, message: now });
      return "stale";
    } catch (error) {
      return outcomeOf(error);
    }
  }
}

function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof Problem)) throw error;
  return error.temporary ? "unreachable" : "refused";
}
