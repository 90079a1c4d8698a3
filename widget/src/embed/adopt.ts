/** Style sheets of the widget's shadow root. */

/** Adopted style sheets are not subject to a Content-Security-Policy; only browsers before 2023 lack them. */
export function adopt(root: ShadowRoot, styles: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  } catch {
    const element = document.createElement("style");
    element.textContent = styles;
    root.append(element);
  }
}
