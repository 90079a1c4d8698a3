/** The articles that an answer cites, from what a server sends. */

import { describe, expect, test } from "vitest";
import { sourcesOf } from "../../src/ui/sources";

const turn = (sources: unknown) => ({ type: "assistant_turn", turn: "t", sources });
const source = { article: "a", version: 3, title: "Delivery", url: "https://shop.example/delivery" };

describe("the sources of an answer", () => {
  test("are its articles, with a link where they stand on the web", () => {
    expect(sourcesOf(turn([source, { article: "b", version: 1, title: "Returns" }]))).toEqual([
      { article: "a", title: "Delivery", href: "https://shop.example/delivery" },
      { article: "b", title: "Returns", href: null },
    ]);
  });

  test("never link to anything but the web", () => {
    for (const url of ["javascript:alert(1)", "data:text/html,x", "https://u:p@evil.example/", "/relative", 7])
      expect(sourcesOf(turn([{ ...source, url }]))[0]?.href).toBeNull();
  });

  test("are none for other content and for a form that is not known", () => {
    for (const content of [
      null,
      undefined,
      { type: "form_request", sources: [source] },
      turn("x"),
      turn([null, 3, {}]),
    ])
      expect(sourcesOf(content as never)).toEqual([]);
    expect(sourcesOf(turn(Array(9).fill(source)))).toHaveLength(5);
  });
});
