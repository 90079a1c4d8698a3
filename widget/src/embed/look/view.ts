/** The subset of the widget that the look uses. */

import type { Chat } from "../../chat/chat";
import type { HostApi, Settings } from "../../host/api";
import type { PATHS } from "../launcher";
import type { LauncherTexts, WindowTexts } from "../texts/en";

export interface LookView {
  readonly host: HostApi;
  readonly chat: Chat;
  readonly element: { readonly root: ShadowRoot; readonly frame: HTMLElement; adopt(styles: string): void };
  readonly language: string;
  readonly isOpen: boolean;
  readonly destroyed: boolean;
  readonly settings: Settings | null;
  readonly paths: typeof PATHS;
  readonly launcherTexts: LauncherTexts;
  texts: WindowTexts;
  open(): void;
}
