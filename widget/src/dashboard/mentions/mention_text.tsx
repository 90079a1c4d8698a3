/** A text of the team with its mentions marked; only http(s) addresses become links. */

import type { ComponentChildren, JSX } from "preact";

import type { Mentioned } from "../../rest/types";
import { LINK_REL, pieces } from "../../ui/links";
import { useWorkspace } from "../views/hooks";
import { mentionPieces } from "./text";

interface TextProps {
  readonly text: string;
  readonly mentions: readonly Mentioned[];
}

export function MentionText({ text, mentions }: TextProps): JSX.Element {
  const { user: me } = useWorkspace();
  return (
    <>
      {mentionPieces(text, mentions).map(({ text: part, user }, index) =>
        user === null ? (
          linked(part)
        ) : (
          <span key={index} class={user === me.id ? "mention is-me" : "mention"}>
            {part}
          </span>
        ),
      )}
    </>
  );
}

function linked(text: string): ComponentChildren {
  return pieces(text).map(({ text: part, href }, index) =>
    href === null ? (
      part
    ) : (
      <a key={index} href={href} target="_blank" rel={LINK_REL}>
        {part}
      </a>
    ),
  );
}
