/** The unread count in front of the page's title. The title belongs to the page: only the count is inserted before its
 *  text and removed again, in the existing text node. `document.title = …` would replace a node that a framework holds,
 *  and collapse spaces. When the page changes its title, it stays without a count until the next message. */

const MAX_SHOWN = 99;
// A page with its own count writes an ordinary space: its count must not be removed.
const NUMBER = /^\(\d+\+?\)\u00a0/;

/** The subset of a text node that is needed. */
type Data = Pick<Text, "data">;

/** 0: the page's own title. */
export function countInTitle(unread: number, text: Data | null = titleText()): void {
  if (!text) return;
  const number = unread > 0 ? `(${unread > MAX_SHOWN ? `${MAX_SHOWN}+` : unread})\u00a0` : "";
  const counted = number + withoutNumber(text.data);
  if (text.data !== counted) text.data = counted;
}

export function withoutNumber(title: string): string {
  return title.replace(NUMBER, "");
}

/** Null when the page has no title; none is created. */
function titleText(): Data | null {
  const text = document.head?.querySelector("title")?.firstChild;
  return text?.nodeType === Node.TEXT_NODE ? (text as Text) : null;
}
