/** The part for forms: those that agents have sent, drawn in place of their text, and the one before the first message.
 *  It draws with the runtime of the window, and its style sheet uses the window's colours. */

import { asksFirst, FirstForm } from "../form/first";
import { FormCard } from "../form/card";
import styles from "../form/styles.css";
import { formTexts } from "../form/texts";
import type { FormPart, WidgetView } from "../view";
import { FORM_CLIENT_FRAMES } from "../../wire/frames";

interface Drawn {
  readonly widget: WidgetView;
  readonly first: FirstForm;
  readonly cards: Map<HTMLElement, FormCard>;
}

let drawn: Drawn | null = null; // of the widget that runs: `Parley.reset` starts another one

export const draw: FormPart["draw"] = (widget, frame, render) => {
  if (drawn?.widget !== widget) {
    widget.element.adopt(styles);
    widget.chat.learn(FORM_CLIENT_FRAMES);
    drawn = { widget, first: new FirstForm(), cards: new Map() };
  }
  const { first, cards } = drawn;
  first.place(frame, asksFirst(widget));
  const texts = formTexts(widget.language);
  const boxes = [...frame.querySelectorAll<HTMLElement>(".form")];
  for (const [box, card] of cards) {
    if (boxes.includes(box)) continue;
    card.stop();
    render(null, box);
    cards.delete(box);
  }
  for (const box of boxes) {
    let card = cards.get(box);
    if (!card) {
      card = new FormCard(widget, box, texts, render);
      cards.set(box, card);
    }
    card.draw();
  }
  first.place(frame, asksFirst(widget)); // a refusal may have ended it
};
