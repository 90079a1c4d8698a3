/** The part that shows Markdown in messages of agents and the assistant: elements of the window's runtime, never HTML. */

import type { VNode } from "preact";
import { jsx } from "preact/jsx-runtime";
import { LINK_REL } from "../../ui/links";
import { MARKED, type Node, parse } from "../../ui/markdown";
import { adopt } from "../adopt";
import styles from "../markdown.css";

/** The elements of a text; null for one without marks, which is shown as it is. */
export type Rich = (text: string) => readonly (VNode | string)[] | null;

/** For messages in this root. */
export function richIn(root: ShadowRoot): Rich {
  adopt(root, styles);
  return (text) => (MARKED.test(text) ? drawn(parse(text)) : null);
}

function drawn(nodes: readonly Node[]): readonly (VNode | string)[] {
  return nodes.map((node) => {
    if (typeof node === "string") return node;
    const { tag, href, start } = node;
    const link = tag === "a" ? { href, target: "_blank", rel: LINK_REL } : {};
    const scrolled = tag === "pre" ? { tabIndex: 0 } : {}; // by keyboard
    return jsx(tag, { ...link, ...scrolled, start, children: drawn(node.children) });
  });
}
