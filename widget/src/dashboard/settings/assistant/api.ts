/** REST of a project's assistant: settings, workflow, test chat, turns and figures. */

import type {
  Assistant,
  AssistantChange,
  AssistantFigures,
  Id,
  OwnProvider,
  OwnProviderInput,
  ProviderTrial,
  WorkflowReplay,
  WorkflowReplayInput,
  TestChat,
  TestStepInput,
  ToolOffer,
  TurnDetails,
  TurnPage,
  WorkflowDraft as ReceivedDraft,
  WorkflowProblem,
  WorkflowVersion,
  WorkflowVersionPage,
} from "../../../rest/types";
import type { Api } from "../../rest/api";
import type { Workflow } from "./model/graph";

export type GraphProblem = Omit<WorkflowProblem, "code"> & { readonly code: string }; // other words may come
export type Choices = ReceivedDraft["choices"];
export type Effect = TestChat["effect"];
export type Received = NonNullable<TestStepInput["received"]>;
export type Offer = ToolOffer;

/** A draft whose nodes have all their fields, as the server sends it. */
export type WorkflowDraft = Omit<ReceivedDraft, "workflow" | "problems"> & {
  readonly workflow: Workflow;
  readonly problems: readonly GraphProblem[];
};

export interface VersionOfWorkflow {
  readonly number: number;
  readonly workflow: Workflow;
}

export class AssistantApi {
  constructor(
    private readonly api: Api,
    private readonly project: Id,
  ) {}

  settings(): Promise<Assistant> {
    return this.call("GET", "");
  }

  /** Optimistic locking: refused as `stale` when the settings have changed since `version`. */
  change(version: number, change: Omit<AssistantChange, "version">): Promise<Assistant> {
    return this.call("PATCH", "", { version, ...change } satisfies AssistantChange);
  }

  ownModel(): Promise<OwnProvider> {
    return this.call("GET", "/provider");
  }

  /** Optimistic locking, as `change`. */
  setOwnModel(input: OwnProviderInput): Promise<OwnProvider> {
    return this.call("PUT", "/provider", input);
  }

  removeOwnModel(): Promise<void> {
    return this.call("DELETE", "/provider");
  }

  /** Asks the saved one for a word, which may take 15 s. */
  tryOwnModel(): Promise<ProviderTrial> {
    return this.call("POST", "/provider/test");
  }

  draft(): Promise<WorkflowDraft> {
    return this.call("GET", "/workflow");
  }

  /** Optimistic locking, as `change`. A draft may have problems. */
  save(version: number, workflow: Workflow): Promise<WorkflowDraft> {
    return this.call("PUT", "/workflow", { version, workflow });
  }

  publish(version: number, note: string): Promise<WorkflowVersion> {
    return this.call("POST", "/workflow/publish", { version, note });
  }

  versions(cursor: string | null): Promise<WorkflowVersionPage> {
    return this.call("GET", `/workflow/versions${cursor === null ? "" : `?${new URLSearchParams({ cursor })}`}`);
  }

  version(number: number): Promise<VersionOfWorkflow> {
    return this.call("GET", `/workflow/versions/${number}`);
  }

  /** One step of a test chat. The server keeps nothing: the state is in the answer. */
  test(request: TestStepInput): Promise<TestChat> {
    return this.call("POST", "/workflow/test", request);
  }

  /** Runs a workflow against the conversations that the assistant answered last. Nothing is kept. */
  replay(workflow: Workflow, conversations: number): Promise<WorkflowReplay> {
    return this.call("POST", "/workflow/replay", { workflow, conversations } satisfies WorkflowReplayInput);
  }

  turns(state: string, cursor: string | null): Promise<TurnPage> {
    const query = new URLSearchParams();
    if (state !== "") query.set("state", state);
    if (cursor !== null) query.set("cursor", cursor);
    return this.call("GET", `/turns${query.toString() === "" ? "" : `?${query}`}`);
  }

  turn(id: Id): Promise<TurnDetails> {
    return this.call("GET", `/turns/${id}`);
  }

  figures(days: number): Promise<AssistantFigures> {
    return this.call("GET", `/figures?days=${days}`);
  }

  private call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.api.call(method, `/projects/${this.project}/assistant${path}`, body);
  }
}
