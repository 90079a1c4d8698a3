/** The part that shows links, and Markdown in messages of agents and the assistant: elements of the window's runtime,
 *  never HTML. */

import type { VNode } from "preact";
import { jsx } from "preact/jsx-runtime";
import { LINK_REL, pieces } from "../../ui/links";
import { MARKED, type Node, parse } from "../../ui/markdown";
import { adopt } from "../adopt";
import styles from "../markdown.css";

/** The elements of a text; `mine`: a visitor's, whose marks are shown as they were typed. */
export type Rich = (text: string, mine?: boolean) => readonly (VNode | string)[];

/** For messages in this root. */
export function richIn(root: ShadowRoot): Rich {
  adopt(root, styles);
  return (text, mine) => drawn(!mine && MARKED.test(text) ? parse(text) : linked(text));
}

function linked(text: string): readonly Node[] {
  return pieces(text).map((piece) =>
    piece.href ? { tag: "a", href: piece.href, children: [piece.text] } : piece.text,
  );
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
