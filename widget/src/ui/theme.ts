/** The colour scheme of an element: its own choice, or the system's. */

export type ThemeChoice = "system" | "light" | "dark";

/** Sets `data-theme` on `element` and follows the system. Returns an unsubscribe function. */
export function wearTheme(element: HTMLElement, choice: ThemeChoice): () => void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const wear = () => {
    element.dataset.theme = choice === "system" ? (query.matches ? "dark" : "light") : choice;
  };
  wear();
  query.addEventListener("change", wear);
  return () => query.removeEventListener("change", wear);
}
