/** What was done, told once: seen at the foot of the page, heard from its live region. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

export type Told = (text: string) => void;

export const ToldContext = createContext<Told>(() => undefined);

export function useTold(): Told {
  return useContext(ToldContext);
}
