/** The elements of an article for a page: those of the runtime that the build has, Preact's or the embed's own. */

import type { VNode } from "preact";
import { jsx } from "preact/jsx-runtime";
import type { ArticleNode } from "./article";
import { LINK_REL } from "./links";

export function articleElements(nodes: readonly ArticleNode[]): readonly (VNode | string)[] {
  return nodes.map((node) => {
    if (typeof node === "string") return node;
    const { tag, href, start } = node;
    const link = tag === "a" ? { href, target: "_blank", rel: LINK_REL } : {};
    const scrolled = tag === "pre" || tag === "table" ? { tabIndex: 0 } : {}; // by keyboard
    return jsx(tag, { ...link, ...scrolled, start, children: articleElements(node.children) });
  });
}
