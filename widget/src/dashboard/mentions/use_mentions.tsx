/** Mentions in a text field for the team: typing "@" offers the members, Enter or Tab puts the name in. */

import type { JSX, RefObject } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";

import type { Member, Mentioned } from "../../rest/types";
import { useNotesI18n } from "../notes/i18n";
import { useInboxState, useWorkspace } from "../views/hooks";
import { Face } from "../views/parts/components";
import { type Suggestions, useSuggestions } from "../views/parts/suggestions";
import { matching, mentionAt } from "./text";

const SHOWN = 8; // choices

export interface MentionField extends Pick<Suggestions<Member>, "attributes" | "look" | "close" | "onKeyDown"> {
  readonly menu: JSX.Element | null;
}

/** `write` replaces the text, in which `mentioned` is now named; the caret goes to `caret`. `on` false: no mentions. */
export function useMentions(
  area: RefObject<HTMLTextAreaElement | null>,
  write: (body: string, caret: number, mentioned: Mentioned) => void,
  { listId, on = true }: { readonly listId: string; readonly on?: boolean },
): MentionField {
  const { user } = useWorkspace();
  const { members } = useInboxState();
  const { t } = useNotesI18n();
  const others = useMemo(() => members.filter(({ user_id }) => user_id !== user.id), [members, user.id]);
  const suggestions = useSuggestions<Member>(area, {
    listId,
    tokenAt: (body, caret) => (on ? mentionAt(body, caret) : null),
    source: others,
    find: (text) => matching(others, text, SHOWN),
    optionId: ({ user_id }) => `${listId}-${user_id}`,
    onPick: ({ user_id, full_name }, replaced) => {
      const { body, caret } = replaced(`@${full_name} `);
      write(body, caret, { user: user_id, name: full_name });
    },
  });
  const { chosen, found } = suggestions;
  return {
    ...suggestions,
    menu: (
      <>
        <span class="sr-only" role="status">
          {chosen === undefined
            ? ""
            : t(found.length === 1 ? "mention.found.one" : "mention.found", { n: found.length })}
        </span>
        {chosen === undefined ? null : (
          <MemberList label={t("mention.members")} listId={listId} suggestions={suggestions} />
        )}
      </>
    ),
  };
}

interface ListProps {
  readonly label: string;
  readonly listId: string;
  readonly suggestions: Suggestions<Member>;
}

function MemberList({ label, listId, suggestions }: ListProps): JSX.Element {
  const { found, active, setActive, pick } = suggestions;
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    list.current?.querySelector(".is-active")?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div class="mention-list" role="listbox" id={listId} aria-label={label} tabIndex={-1} ref={list}>
      {found.map((member, index) => (
        // biome-ignore lint/a11y: the text field keeps the focus and the keys, aria-activedescendant points here
        <div
          key={member.user_id}
          id={`${listId}-${member.user_id}`}
          role="option"
          aria-selected={index === active}
          class={index === active ? "choice is-active" : "choice"}
          onPointerMove={() => setActive(index)}
          onMouseDown={(event) => event.preventDefault()} // the text field keeps the focus
          onClick={() => pick(member)}
        >
          <Face id={member.user_id} name={member.full_name} size="tiny" />
          <span class="choice-label">
            <bdi>{member.full_name}</bdi>
          </span>
          <span class="choice-hint">{member.email}</span>
        </div>
      ))}
    </div>
  );
}
