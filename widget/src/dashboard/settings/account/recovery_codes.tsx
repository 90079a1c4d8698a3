/** Ten recovery codes, shown once; the user types one to prove that they were saved. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useSession } from "../../views/session";
import { download } from "../parts/download";
import { StepTitle, submitting, TextField } from "../parts/forms";
import { CopyButton, Note } from "../parts/components";
import { useSettingsI18n } from "../i18n";

interface RecoveryCodesProps {
  readonly codes: readonly string[];
  readonly onDone: () => void;
}

export function RecoveryCodes({ codes, onDone }: RecoveryCodesProps): JSX.Element {
  const { user } = useSession();
  const { t } = useSettingsI18n();
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const text = `${codes.join("\n")}\n`;
  const check = (): void => {
    if (codes.some((code) => bare(code) === bare(typed))) return onDone();
    setWrong(t("codes.wrong"));
  };
  return (
    <form onSubmit={submitting(check)} noValidate>
      <StepTitle n={3} />
      <Note kind="warn">{t("codes.once")}</Note>
      <div class="printed">
        <p class="print-only">{t("codes.of", { email: user.email })}</p>
        <ol class="codes" aria-label={t("codes")}>
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ol>
      </div>
      <div class="row-of-buttons">
        <CopyButton text={text} />
        <button
          type="button"
          class="button is-small"
          onClick={() =>
            download("parley-recovery-codes.txt", "text/plain", `${t("codes.of", { email: user.email })}\n\n${text}`)
          }
        >
          {t("download")}
        </button>
        <button type="button" class="button is-small" onClick={() => print()}>
          {t("print")}
        </button>
      </div>
      <TextField
        label={t("codes.type")}
        value={typed}
        onInput={setTyped}
        code
        error={wrong}
        hint={t("codes.type.hint")}
      />
      <div class="card-foot">
        <button type="submit" class="button is-primary" disabled={typed.trim() === ""}>
          {t("codes.done")}
        </button>
      </div>
    </form>
  );
}

function bare(code: string): string {
  return code.replace(/[\s-]/g, "").toLowerCase();
}
