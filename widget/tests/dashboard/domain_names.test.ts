/** Parsing and displaying domains. */

import { expect, test } from "vitest";

import { domainIn, readable } from "../../src/dashboard/settings/project/domain_names";

test.each([
  ["shop.example", "shop.example"],
  ["  https://shop.example/path?x=1#y ", "shop.example"],
  ["https://shop.example:443", "shop.example"],
  ["http://localhost:3000/", "localhost:3000"],
  ["https://localhost:80/", "localhost:80"],
  ["shop.example/", "shop.example"],
  ["shop.example.", "shop.example"],
  ["https://*.shop.example/", "*.shop.example"],
  ["HTTPS://Bücher.example", "Bücher.example"],
  ["[::1]:8080", "[::1]:8080"],
  ["", ""],
])("%s is parsed as %s", (typed, domain) => {
  expect(domainIn(typed)).toBe(domain);
});

// The first four are RFC 3492's own samples (section 7.1), the rest registered names.
test.each([
  ["xn--egbpdaj6bu4bxfgehfvwxn.example", "ليهمابتكلموشعربي؟.example"],
  ["xn--ihqwcrb4cv8a8dqg056pqjye.example", "他们为什么不说中文.example"],
  ["xn--4dbcagdahymbxekheh6e0a7fei0b.example", "למההםפשוטלאמדבריםעברית.example"],
  ["xn--d9juau41awczczp.example", "そのスピードで.example"],
  ["*.xn--bcher-kva.example:8080", "*.bücher.example:8080"],
  ["xn--mnchen-3ya.xn--p1ai", "münchen.рф"],
  ["shop.example", "shop.example"],
  ["xn--!!.example", "xn--!!.example"],
  ["xn--99999999.example", "xn--99999999.example"],
])("%s is displayed as %s", (domain, text) => {
  expect(readable(domain)).toBe(text);
});
