/** The widget's element in the customer's page: a shadow root with style sheets of its own. */

export const ELEMENT_ID = "parley-widget";

export class WidgetElement {
  readonly element = document.createElement("div");
  readonly root = this.element.attachShadow({ mode: "open" });

  constructor() {
    this.element.id = ELEMENT_ID;
    // What is typed here is not meant for the page's own keyboard shortcuts.
    for (const name of ["keydown", "keyup", "keypress"]) {
      this.root.addEventListener(name, (event) => event.stopPropagation());
    }
    document.body.append(this.element);
  }

  adopt(styles: string): void {
    // Adopted sheets need no permission from a Content-Security-Policy; only browsers of before 2023 lack them.
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(styles);
      this.root.adoptedStyleSheets = [...this.root.adoptedStyleSheets, sheet];
    } catch {
      const element = document.createElement("style");
      element.textContent = styles;
      this.root.append(element);
    }
  }

  remove(): void {
    this.element.remove();
  }
}
