/** The text of a message: links, what can be copied with one click, and Markdown in texts of agents and the assistant. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { LINK_REL, pieces } from "../../../ui/links";
import { type Node, parse } from "../../../ui/markdown";
import { parts } from "./copyable";
import { copyText } from "../../store/clipboard";
import type { Translate } from "../../texts/i18n";
import { Icon } from "../parts/icons";

const COPIED_DURATION = 1_500; // ms

interface TextProps {
  readonly text: string;
  readonly marked: boolean; // its author knows that it is Markdown: a visitor does not
  readonly t: Translate;
}

export function Text({ text, marked, t }: TextProps): JSX.Element {
  const nodes: readonly Node[] = marked
    ? parse(text)
    : pieces(text).map((piece) => (piece.href === null ? piece.text : linkTo(piece.href, piece.text)));
  return <>{drawn(nodes, t)}</>;
}

function linkTo(href: string, text: string): Node {
  return { tag: "a", href, children: [text] };
}

function drawn(nodes: readonly Node[], t: Translate): readonly JSX.Element[] {
  return nodes.map((node, index) => {
    if (typeof node === "string") return <Plain key={index} text={node} t={t} />;
    const { tag: Tag, href, start, children } = node;
    if (Tag === "a") {
      return (
        <a key={index} href={href} target="_blank" rel={LINK_REL}>
          {children}
        </a>
      );
    }
    if (Tag === "pre" || Tag === "code") {
      return (
        <Tag key={index} {...(Tag === "pre" ? { tabIndex: 0 } : {})}>
          {children}
        </Tag>
      );
    }
    return (
      <Tag key={index} {...(start === undefined ? {} : { start })}>
        {drawn(children, t)}
      </Tag>
    );
  });
}

function Plain({ text, t }: { readonly text: string; readonly t: Translate }): JSX.Element {
  return (
    <>
      {parts(text).map((part, index) =>
        part.copied === null ? part.text : <Copyable key={index} text={part.copied} t={t} />,
      )}
    </>
  );
}

function Copyable({ text, t }: { readonly text: string; readonly t: Translate }): JSX.Element {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), COPIED_DURATION);
    return () => clearTimeout(timer);
  }, [copied]);
  const label = t("copy.value", { text });
  return (
    <>
      <button
        type="button"
        class={copied ? "copyable is-copied" : "copyable"}
        title={label}
        aria-label={label}
        onClick={() => void copyText(text).then(setCopied)}
      >
        {text}
        <Icon name={copied ? "check" : "copy"} size={13} />
      </button>
      <span class="sr-only" role="status">
        {copied ? t("panel.copied") : ""}
      </span>
    </>
  );
}
