/** Two-factor sign-in: off, enrolment, on. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { Enrolment } from "../../../rest/types";
import { AccountApi } from "../../rest/account_api";
import { useNarrow } from "../../views/hooks";
import { Icon } from "../../views/parts/icons";
import { useSession } from "../../views/session";
import { type RequestState, useRequest } from "../parts/use_request";
import { Card, PasswordField, StepTitle, Submit, submitting, TextField, useFieldError, Wrong } from "../parts/forms";
import { useUnsaved } from "../parts/unsaved";
import { useRequiredFields } from "../parts/required_fields";
import { Confirm, CopyButton } from "../parts/components";
import { useToast } from "../parts/toast";
import { useSettingsI18n } from "../i18n";
import { RecoveryCodes } from "./recovery_codes";

const LOW_CODES = 3; // recovery codes; below this, suggest new ones

type Step =
  | { readonly name: "rest" }
  | { readonly name: "password" }
  | { readonly name: "scan"; readonly enrolment: Enrolment }
  | { readonly name: "codes"; readonly codes: readonly string[]; readonly enrolled: boolean };

export function TwoFactor(): JSX.Element {
  const { user, changed } = useSession();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const [step, setStep] = useState<Step>({ name: "rest" });
  useUnsaved(step.name === "scan" || step.name === "codes");
  const rest = (): void => setStep({ name: "rest" });
  const done = (): void => {
    toast(t(step.name === "codes" && step.enrolled ? "two.on.toast" : "two.codes.toast"));
    rest();
  };
  return (
    <Card title={t("two.title")} lead={t("two.lead")}>
      {step.name === "password" ? (
        <Begin onBegun={(enrolment) => setStep({ name: "scan", enrolment })} onCancel={rest} />
      ) : null}
      {step.name === "scan" ? (
        <Scan
          enrolment={step.enrolment}
          onCancel={rest}
          onConfirmed={(codes) => {
            changed({ ...user, two_factor: true, recovery_codes_left: codes.length });
            setStep({ name: "codes", codes, enrolled: true });
          }}
        />
      ) : null}
      {step.name === "codes" ? <RecoveryCodes codes={step.codes} onDone={done} /> : null}
      {step.name !== "rest" ? null : user.two_factor ? (
        <On onCodes={(codes) => setStep({ name: "codes", codes, enrolled: false })} />
      ) : (
        <Off onStart={() => setStep({ name: "password" })} />
      )}
    </Card>
  );
}

function Off({ onStart }: { readonly onStart: () => void }): JSX.Element {
  const { t } = useSettingsI18n();
  return (
    <div class="card-foot">
      <button type="button" class="button is-primary" onClick={onStart}>
        {t("two.start")}
      </button>
    </div>
  );
}

function Begin({
  onBegun,
  onCancel,
}: {
  readonly onBegun: (enrolment: Enrolment) => void;
  readonly onCancel: () => void;
}): JSX.Element {
  const { api, user } = useSession();
  const { t } = useSettingsI18n();
  const doing = useRequest();
  const wrong = useFieldError(doing.problem);
  const [password, setPassword] = useState("");
  const missing = useRequiredFields({ password: user.has_password && password === "" });
  const begin = (): void => {
    void doing.run(async () => onBegun(await new AccountApi(api).enrol(user.has_password ? password : null)));
  };
  return (
    <form onSubmit={submitting(begin, missing.pressed)} noValidate>
      <StepTitle n={1} />
      {user.has_password ? (
        <PasswordField
          label={t("password.yours")}
          value={password}
          onInput={setPassword}
          error={missing.of("password") ?? wrong("password")}
          hint={t("password.why")}
        />
      ) : (
        <p class="quiet">{t("two.bare")}</p>
      )}
      <Wrong problem={doing.problem} besides={["password"]} />
      <Submit label={t("next")} busy={doing.busy}>
        <button type="button" class="button" onClick={onCancel}>
          {t("cancel")}
        </button>
      </Submit>
    </form>
  );
}

interface ScanProps {
  readonly enrolment: Enrolment;
  readonly onConfirmed: (codes: readonly string[]) => void;
  readonly onCancel: () => void;
}

function Scan({ enrolment, onConfirmed, onCancel }: ScanProps): JSX.Element {
  const { api } = useSession();
  const { t } = useSettingsI18n();
  const doing = useRequest();
  const wrong = useFieldError(doing.problem);
  const [code, setCode] = useState("");
  const phone = useNarrow(); // it has the app, and cannot scan its own screen
  const missing = useRequiredFields({ code: digits(code).length < 6 });
  // As an image: scripts in the SVG do not run, and nothing is loaded.
  const picture = useMemo(
    () => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(enrolment.qr_svg)}`,
    [enrolment],
  );
  const confirm = (): void => {
    void doing.run(async () => onConfirmed((await new AccountApi(api).confirmEnrolment(digits(code))).recovery_codes));
  };
  return (
    <form onSubmit={submitting(confirm, missing.pressed)} noValidate>
      <StepTitle n={2} />
      <div class="scan">
        {phone ? (
          <div class="scan-text">
            <p>{t("two.open.lead")}</p>
            <a class="button" href={enrolment.uri}>
              <Icon name="external" size={16} />
              {t("two.open")}
            </a>
            <p>{t("two.scan.other")}</p>
          </div>
        ) : null}
        <img class="qr" src={picture} alt={t("two.qr")} width="184" height="184" />
        <div class="scan-text">
          {phone ? null : <p>{t("two.scan")}</p>}
          <p>{t(phone ? "two.type.phone" : "two.type")}</p>
          <Secret secret={enrolment.secret} />
        </div>
      </div>
      <TextField
        label={t("two.code")}
        value={code}
        onInput={setCode}
        autocomplete="one-time-code"
        code
        most={8}
        error={missing.of("code") ?? wrong("code")}
        hint={t("two.code.hint")}
      />
      <Wrong problem={doing.problem} besides={["code"]} />
      <Submit label={t("two.confirm")} busy={doing.busy}>
        <button type="button" class="button" onClick={onCancel}>
          {t("cancel")}
        </button>
      </Submit>
    </form>
  );
}

function Secret({ secret }: { readonly secret: string }): JSX.Element {
  return (
    <p class="secret">
      <code>{spaced(secret)}</code>
      <CopyButton text={secret} />
    </p>
  );
}

function On({ onCodes }: { readonly onCodes: (codes: readonly string[]) => void }): JSX.Element {
  const { api, user, changed } = useSession();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const [asking, setAsking] = useState<"codes" | "off" | null>(null);
  const account = useMemo(() => new AccountApi(api), [api]);
  const close = (): void => setAsking(null);
  return (
    <>
      <p class="state is-good">{t("two.on")}</p>
      {user.recovery_codes_left == null ? null : (
        <p class={user.recovery_codes_left < LOW_CODES ? "setting-error" : "quiet"}>
          {t("two.left", { n: user.recovery_codes_left })}
        </p>
      )}
      <div class="card-foot">
        <button type="button" class="button" onClick={() => setAsking("codes")}>
          {t("two.codes.fresh")}
        </button>
        <button type="button" class="button is-quiet-danger" onClick={() => setAsking("off")}>
          {t("two.off")}
        </button>
      </div>
      {asking === "codes" ? (
        <Proof
          title={t("two.codes.fresh")}
          lead={t("two.codes.fresh.lead")}
          action={t("two.codes.make")}
          danger={false}
          onClose={close}
          onProven={async (password, code) => {
            const fresh = (await account.freshCodes(password, code)).recovery_codes;
            changed({ ...user, recovery_codes_left: fresh.length });
            onCodes(fresh);
          }}
        />
      ) : null}
      {asking === "off" ? (
        <Proof
          title={t("two.off")}
          lead={t("two.off.lead")}
          action={t("two.off")}
          danger
          onClose={close}
          onProven={async (password, code) => {
            await account.disableTwoFactor(password, code);
            changed({ ...user, two_factor: false, recovery_codes_left: null });
            toast(t("two.off.toast"));
          }}
        />
      ) : null}
    </>
  );
}

interface ProofProps {
  readonly title: string;
  readonly lead: string;
  readonly action: string;
  readonly danger: boolean;
  readonly onProven: (password: string | null, code: string) => Promise<void>;
  readonly onClose: () => void;
}

/** Password and code: needed for every change of the second factor. */
function Proof({ onProven, ...given }: ProofProps): JSX.Element {
  const { user } = useSession();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const ready = (password !== "" || !user.has_password) && digits(code).length >= 6;
  return (
    <Confirm
      {...given}
      ready={ready}
      fields={["password", "code"]}
      onConfirm={() => onProven(user.has_password ? password : null, digits(code))}
    >
      {(doing) => (
        <ProofFields doing={doing} password={password} code={code} onPassword={setPassword} onCode={setCode} />
      )}
    </Confirm>
  );
}

interface ProofFieldsProps {
  readonly doing: RequestState;
  readonly password: string;
  readonly code: string;
  readonly onPassword: (text: string) => void;
  readonly onCode: (text: string) => void;
}

function ProofFields({ doing, password, code, onPassword, onCode }: ProofFieldsProps): JSX.Element {
  const { user } = useSession();
  const { t } = useSettingsI18n();
  const wrong = useFieldError(doing.problem);
  return (
    <>
      {user.has_password ? (
        <PasswordField label={t("password.yours")} value={password} onInput={onPassword} error={wrong("password")} />
      ) : null}
      <TextField
        label={t("two.code")}
        value={code}
        onInput={onCode}
        autocomplete="one-time-code"
        code
        most={20}
        error={wrong("code")}
        hint={t("two.code.either")}
      />
    </>
  );
}

function digits(code: string): string {
  return code.replace(/\s/g, "");
}

function spaced(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, "$1 ");
}
