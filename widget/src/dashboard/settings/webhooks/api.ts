/** REST of a project's webhooks and their log. */

import type {
  Delivery,
  DeliveryPage,
  Id,
  MadeWebhook,
  NewWebhook,
  Replayed,
  Webhook,
  WebhookChange,
} from "../../../rest/types";
import type { Api } from "../../rest/api";

export type DeliveryState = Delivery["state"];

export interface LogFilter {
  readonly state: DeliveryState | "";
  readonly event: string;
}

export class WebhooksApi {
  constructor(
    private readonly api: Api,
    private readonly project: Id,
  ) {}

  all(): Promise<readonly Webhook[]> {
    return this.call("GET", "");
  }

  create(webhook: NewWebhook): Promise<MadeWebhook> {
    return this.call("POST", "", webhook);
  }

  /** Optimistic locking: refused as `stale` when the webhook has changed since `version`. */
  change(id: Id, change: WebhookChange): Promise<Webhook> {
    return this.call("PATCH", `/${id}`, change);
  }

  delete(id: Id): Promise<void> {
    return this.call("DELETE", `/${id}`);
  }

  rotate(id: Id, overlap: number): Promise<MadeWebhook> {
    return this.call("POST", `/${id}/secret`, { overlap_hours: overlap });
  }

  ping(id: Id): Promise<Delivery> {
    return this.call("POST", `/${id}/ping`);
  }

  log(id: Id, { state, event }: LogFilter, cursor: string | null): Promise<DeliveryPage> {
    const query = new URLSearchParams({ limit: "25" });
    if (state !== "") query.set("state", state);
    if (event !== "") query.set("event", event);
    if (cursor !== null) query.set("cursor", cursor);
    return this.call("GET", `/${id}/deliveries?${query}`);
  }

  replay(id: Id, delivery: Id): Promise<Delivery> {
    return this.call("POST", `/${id}/deliveries/${delivery}/replay`);
  }

  /** Sends what was given up since then again, the oldest first, at most 10,000. */
  replaySince(id: Id, since: number): Promise<Replayed> {
    return this.call("POST", `/${id}/replay`, { since });
  }

  private call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.api.call(method, `/projects/${this.project}/webhooks${path}`, body);
  }
}
