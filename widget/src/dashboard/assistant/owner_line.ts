/** The sentence of the timeline about a change of who answers. */

import type { OwnerChange, Person } from "../state/model";
import type { Translate } from "./i18n";

/** `name`: of the person or the assistant who made the change. */
export function ownerSentence({ to, reason }: OwnerChange, by: Person | null, name: string, t: Translate): string {
  switch (reason) {
    case "taken_over":
    case "replied":
    case "declined":
      return t(`by.${reason}`, { name });
    case "released":
      return t(by?.party === "visitor" ? "by.asked" : "by.released", { name });
    case "assigned":
    case "handed_over":
    case "disabled":
    case "began":
      return t(`by.${reason}`);
    default: // a later server has other reasons
      return t(to === "person" ? "to.person" : "by.again");
  }
}
