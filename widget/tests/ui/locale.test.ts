/** Language tags of browsers. */

import { expect, test } from "vitest";
import { localeTag } from "../../src/ui/locale";

test.each([
  ["en-US", "en-US"],
  ["vi", "vi"],
  ["zh-Hant-TW", "zh-Hant-TW"],
  ["en-US@posix", "en-US"],
  ["en_US", "en-US"],
  ["vi_VN.UTF-8", "vi-VN"],
  ["vi-VN@posix", "vi-VN"],
  ["en-u", "en"],
  ["C", "en"],
  ["", "en"],
  ["<script>", "en"],
  ["en-US-en-US", "en"],
])("%s becomes %s, which Intl accepts", (tag, expected) => {
  expect(localeTag(tag)).toBe(expected);
  expect(() => new Date(0).toLocaleTimeString(localeTag(tag))).not.toThrow();
});
