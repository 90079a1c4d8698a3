/** Which of the two palettes an element wears: its own choice, or the system's. */

export type ThemeChoice = "system" | "light" | "dark";

/** Sets `data-theme` on `element` and keeps it in step with the system; the answer stops that. */
export function wearTheme(element: HTMLElement, choice: ThemeChoice): () => void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const wear = () => {
    element.dataset.theme = choice === "system" ? (query.matches ? "dark" : "light") : choice;
  };
  wear();
  query.addEventListener("change", wear);
  return () => query.removeEventListener("change", wear);
}
