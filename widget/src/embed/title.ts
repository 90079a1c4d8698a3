/** The number of unread messages before the page's title.
 *
 *  The title is the page's: only the number is put before its text and taken away again, in the text node that is
 *  there. `document.title = …` would replace a node that a framework holds on to, and lose spaces. What the page writes
 *  meanwhile stays as it is, without a number until the next message. */

const MAX_SHOWN = 99;
// A page that counts in its own title writes an ordinary space: its number is not ours to take away.
const NUMBER = /^\(\d+\+?\)\u00a0/;

/** As much of a text node as is needed. */
type Data = Pick<Text, "data">;

/** 0 leaves the page's own title. */
export function countInTitle(unread: number, text: Data | null = titleText()): void {
  if (!text) return;
  const number = unread > 0 ? `(${unread > MAX_SHOWN ? `${MAX_SHOWN}+` : unread})\u00a0` : "";
  const counted = number + withoutNumber(text.data);
  if (text.data !== counted) text.data = counted;
}

export function withoutNumber(title: string): string {
  return title.replace(NUMBER, "");
}

/** Null where the page has no title, which is left so. */
function titleText(): Data | null {
  const text = document.head?.querySelector("title")?.firstChild;
  return text?.nodeType === Node.TEXT_NODE ? (text as Text) : null;
}
