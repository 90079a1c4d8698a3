/** REST of how a project's widget looks. */

import type { Appearance, AppearancePreview, FetchedPicture, Id, Logo, Look, NamedThemes } from "../../rest/types";
import type { Api } from "../rest/api";

export class AppearanceApi {
  constructor(
    private readonly api: Api,
    private readonly project: Id,
  ) {}

  load(): Promise<Appearance> {
    return this.api.call("GET", this.at());
  }

  save(version: number, look: Look): Promise<Appearance> {
    return this.api.call("PUT", this.at(), { version, look });
  }

  preview(look: Look): Promise<AppearancePreview> {
    return this.api.call("POST", this.at("/preview"), { look });
  }

  themes(): Promise<NamedThemes> {
    return this.api.call("GET", this.at("/themes"));
  }

  upload(png: Blob): Promise<Logo> {
    return this.api.upload(this.at("/logo"), "image/png", png);
  }

  fetch(url: string): Promise<FetchedPicture> {
    return this.api.call("POST", this.at("/logo/fetch"), { url });
  }

  private at(rest = ""): string {
    return `/projects/${this.project}/appearance${rest}`;
  }
}
