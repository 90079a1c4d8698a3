/** Why a page or an import was refused, in words. Pure. */

import type { ArticleImport } from "../../../../rest/types";
import { type Translate, worded } from "../i18n";

/** `code`: of the server, such as `status_404`. */
export function reason(code: string, t: Translate): string {
  const status = /^status_(\d{3})$/.exec(code)?.[1];
  const otherwise = status === undefined ? t("import.code.other", { code }) : t("import.code.status", { n: status });
  return worded(t, "import.code", code, otherwise);
}

type Counts = Pick<ArticleImport, "state" | "created" | "changed" | "unchanged">;

/** Whether it came to its end without one article: every page was refused, or there was none. */
export function isFruitless({ state, created, changed, unchanged }: Counts): boolean {
  return state === "done" && created + changed + unchanged === 0;
}
