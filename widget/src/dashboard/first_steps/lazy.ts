/** What other parts show of the first steps; loaded when it is shown. */

import { lazy } from "../views/lazy";

const nothing = (): null => null;

export const FirstSteps = lazy(async () => (await import("./checklist")).FirstSteps, nothing);
export const NotOnSite = lazy(async () => (await import("./not_on_site")).NotOnSite, nothing);
export const TryPage = lazy(async () => (await import("./try_page")).TryPage);
