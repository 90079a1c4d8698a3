/** REST of a project's visitors: names, restrictions, past conversations; and of its blocked addresses. */

import type {
  AddressBlock,
  Id,
  NewAddressBlock,
  NewRestriction,
  PastConversationPage,
  RestrictedVisitorPage,
  Visitor,
  VisitorChange,
  VisitorRestriction,
} from "../../rest/types";
import type { Api } from "../rest/api";

export class VisitorsApi {
  constructor(
    private readonly api: Api,
    private readonly project: Id,
  ) {}

  /** An empty name: the one that the site reports, or the generated one. */
  rename(visitor: Id, name: string): Promise<Visitor> {
    return this.call("PATCH", `/visitors/${visitor}`, { name } satisfies VisitorChange);
  }

  restrict(visitor: Id, restriction: NewRestriction): Promise<VisitorRestriction> {
    return this.call("PUT", `/visitors/${visitor}/restriction`, restriction);
  }

  /** Unmutes or unblocks. */
  release(visitor: Id): Promise<void> {
    return this.call("DELETE", `/visitors/${visitor}/restriction`);
  }

  /** The latest first; `cursor`: of the page before. */
  conversations(visitor: Id, cursor: string | null): Promise<PastConversationPage> {
    return this.call("GET", `/visitors/${visitor}/conversations${cursor === null ? "" : `?cursor=${cursor}`}`);
  }

  restricted(cursor: string | null): Promise<RestrictedVisitorPage> {
    return this.call("GET", `/restrictions${cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`}`);
  }

  addresses(): Promise<readonly AddressBlock[]> {
    return this.call("GET", "/address-blocks");
  }

  blockAddress(block: NewAddressBlock): Promise<AddressBlock> {
    return this.call("POST", "/address-blocks", block);
  }

  unblockAddress(id: Id): Promise<void> {
    return this.call("DELETE", `/address-blocks/${id}`);
  }

  private call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.api.call(method, `/projects/${this.project}${path}`, body);
  }
}
