/** "Attach files" in the composer. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { AttachmentRules } from "../../rest/types";
import { Icon } from "../views/parts/icons";
import { useFileI18n } from "./i18n";
import { useProjectFiles } from "./project_files";

interface AttachButtonProps {
  readonly onFiles: (files: readonly File[]) => void;
}

export function AttachButton({ onFiles }: AttachButtonProps): JSX.Element | null {
  const { t } = useFileI18n();
  const files = useProjectFiles();
  const input = useRef<HTMLInputElement>(null);
  const [rules, setRules] = useState<AttachmentRules | null | undefined>(undefined); // undefined: not known yet
  useEffect(() => {
    let here = true;
    void files.rules().then((known) => here && setRules(known));
    return () => {
      here = false;
    };
  }, [files]);
  if (rules === null) return null;
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label={t("attach")}
        title={t("attach")}
        disabled={rules === undefined} // at its place from the start: its neighbours must not move under a click
        onClick={() => input.current?.click()}
      >
        <Icon name="clip" size={17} />
      </button>
      {rules === undefined ? null : (
        <input
          ref={input}
          type="file"
          multiple
          hidden
          accept={rules.accept.join()}
          data-attach
          onChange={(event) => {
            onFiles([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = ""; // the same file may be picked again
          }}
        />
      )}
    </>
  );
}
