/** The field in which the agent asks the copilot something. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { isComposing } from "../../../ui/keys";
import { Icon } from "../../views/parts/icons";
import { useCopilotI18n } from "../i18n";

const MAX_TEXT = 10_000; // code points that the server takes
const COUNTER_FROM = 500; // the counter is shown from this many characters left

interface AskFormProps {
  readonly placeholder: string;
  readonly busy?: boolean;
  readonly onAsk: (text: string) => void;
}

export function AskForm({ placeholder, busy = false, onAsk }: AskFormProps): JSX.Element {
  const { t } = useCopilotI18n();
  const [text, setText] = useState("");
  const area = useRef<HTMLTextAreaElement>(null);
  const left = MAX_TEXT - [...text].length;
  const ready = text.trim() !== "" && left >= 0 && !busy;
  useLayoutEffect(() => {
    if (area.current === null) return;
    area.current.style.height = "auto";
    area.current.style.height = `${area.current.scrollHeight}px`;
  }, [text]);
  const send = (): void => {
    if (!ready) return;
    onAsk(text.trim());
    setText("");
    area.current?.focus();
  };
  return (
    <form
      class="cop-ask"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={area}
        rows={1}
        dir="auto"
        value={text}
        aria-label={t("ask.label")}
        aria-invalid={left < 0}
        placeholder={placeholder}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (isComposing(event) || event.key !== "Enter" || event.shiftKey) return;
          event.preventDefault();
          send();
        }}
      />
      {left < COUNTER_FROM ? (
        <span class="cop-count" role="status">
          {left < 0 ? t("count.over", { n: -left }) : t("count.left", { n: left })}
        </span>
      ) : null}
      <button type="submit" class="icon-button" aria-label={t("ask")} title={t("ask")} disabled={!ready}>
        <Icon name="send" />
      </button>
    </form>
  );
}
