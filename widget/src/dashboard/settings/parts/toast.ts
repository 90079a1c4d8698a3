/** The toast of the settings: shown at the foot of the page and announced by its live region. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

export type ShowToast = (text: string) => void;

export const ToastContext = createContext<ShowToast>(() => undefined);

export function useToast(): ShowToast {
  return useContext(ToastContext);
}
