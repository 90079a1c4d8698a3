/** Bold and italic by key: marks around the selection, and away again. */

import { expect, test } from "vitest";
import { markOf, toggled } from "../../src/dashboard/views/thread/marks";

/** Applies the edit to a text whose selection is in brackets; returns the text likewise. */
function press(given: string, mark: string): string {
  const start = given.indexOf("[");
  const end = given.indexOf("]") - 1;
  const text = given.replace(/[[\]]/g, "");
  const edit = toggled(text, start, end, mark);
  const made = text.slice(0, edit.from) + edit.text + text.slice(edit.to);
  return `${made.slice(0, edit.start)}[${made.slice(edit.start, edit.end)}]${made.slice(edit.end)}`;
}

test.each([
  ["say [hello] there", "**", "say **[hello]** there"],
  ["say **[hello]** there", "**", "say [hello] there"],
  ["say [**hello**] there", "**", "say [hello] there"],
  ["say [hello ]there", "**", "say **[hello]** there"],
  ["say []", "_", "say _[]_"],
  ["_[]_", "_", "[]"],
  ["[a] b", "_", "_[a]_ b"],
  ["**[a]**", "_", "**_[a]_**"],
])("%s with %s is %s", (before, mark, after) => expect(press(before, mark)).toBe(after));

test("the keys are those of every editor", () => {
  const key = (key: string, more: Partial<KeyboardEvent> = {}) =>
    markOf({ key, ctrlKey: true, metaKey: false, altKey: false, shiftKey: false, ...more } as KeyboardEvent);
  expect([key("b"), key("B"), key("i")]).toEqual(["**", "**", "_"]);
  expect(key("b", { ctrlKey: false, metaKey: true })).toBe("**");
  expect([key("b", { ctrlKey: false }), key("b", { altKey: true }), key("k")]).toEqual([null, null, null]);
});
