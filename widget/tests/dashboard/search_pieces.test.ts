import { expect, test } from "vitest";

import { plainPieces } from "../../src/dashboard/search/plain_pieces";

const shown = (text: string): string =>
  plainPieces(text.split(/[<>]/).map((one, index) => ({ text: one, match: index % 2 === 1 })))
    .map((one) => (one.match ? `<${one.text}>` : one.text))
    .join("");

test("marks around and within a match are left out", () => {
  expect(shown("we deliver to **<Hue>** in `3` days")).toBe("we deliver to <Hue> in 3 days");
  expect(shown("**free <delivery> today** or _<tomor>row_")).toBe("free <delivery> today or <tomor>row");
});

test("what is no mark stays", () => {
  expect(shown("snake_<case>_names cost 5*<3>*2")).toBe("snake_<case>_names cost 5*<3>*2");
  expect(shown("see <https://shop.example/a_b>")).toBe("see <https://shop.example/a_b>");
  expect(shown("the beginning** of <it>")).toBe("the beginning** of <it>");
});
