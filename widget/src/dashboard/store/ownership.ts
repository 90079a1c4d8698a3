/** Who answers the open conversation, over REST, and the assistant's turn, over the connection. */

import type { ConversationAssistant } from "../../rest/types";
import type { Api } from "../rest/api";
import type { Action } from "../state/actions";
import type { Id } from "../state/model";
import type { Connection } from "./connection";

export type Owner = NonNullable<ConversationAssistant["owner"]>;

export class Ownership {
  constructor(
    private readonly api: Api,
    private readonly project: Id,
    private readonly connection: Connection,
    private readonly dispatch: (action: Action) => void,
    private readonly refused: () => void,
  ) {}

  /** Takes the conversation over from the assistant, or gives it back. */
  async give(conversation: Id, to: Owner): Promise<void> {
    try {
      const { owner, reason } = await this.api.setOwner(this.project, conversation, to);
      this.dispatch({ type: "owner", conversation, owner, reason });
    } catch {
      this.refused();
    }
  }

  /** Who answers and why, with the brief of the last hand-over. */
  about(conversation: Id): Promise<ConversationAssistant> {
    return this.api.assistantOf(this.project, conversation);
  }

  /** Ends the turn; false when there is no connection. */
  stop(conversation: Id, turn: Id): boolean {
    return this.connection.stop(conversation, turn);
  }
}
