/** The button that opens the emoji picker; the picker is loaded on the first click. */

import type { ComponentType, JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import { textsReady } from "../texts/areas";
import { IconButton } from "../views/parts/components";
import type { I18n } from "../views/hooks";

type PickerType = typeof import("./picker")["Picker"];

let loaded: PickerType | null = null;

interface EmojiButtonProps {
  readonly i18n: I18n;
  readonly onPick: (sign: string) => void;
  readonly onClose: () => void; // without a choice
}

export function EmojiButton({ i18n, onPick, onClose }: EmojiButtonProps): JSX.Element {
  const { t, language } = i18n;
  const [state, setState] = useState<"closed" | "loading" | "open" | "failed">("closed");
  const wanted = useRef(false); // clicked twice: closed while it was loading
  const toggle = (): void => {
    if (state === "open" || state === "loading") {
      wanted.current = false;
      return setState("closed");
    }
    wanted.current = true;
    if (loaded !== null) return setState("open");
    setState("loading");
    import("./picker").then(
      async ({ Picker }) => {
        await textsReady();
        loaded = Picker;
        if (wanted.current) setState("open");
      },
      () => wanted.current && setState("failed"),
    );
  };
  const Picker: ComponentType<Parameters<PickerType>[0]> | null = state === "open" ? loaded : null;
  return (
    <span class="emoji-anchor">
      <IconButton
        icon="smile"
        label={t("composer.emoji")}
        class="is-small"
        pressed={state === "open"}
        onClick={toggle}
      />
      <span class="sr-only" role="status">
        {state === "loading" ? t("loading") : ""}
      </span>
      {state === "failed" ? (
        <span class="emoji-picker is-failed" role="alert">
          {t("composer.emoji.failed")}
        </span>
      ) : null}
      {Picker === null ? null : (
        <Picker
          language={language}
          onPick={(sign) => {
            setState("closed");
            onPick(sign);
          }}
          onClose={() => {
            setState("closed");
            onClose();
          }}
        />
      )}
    </span>
  );
}
