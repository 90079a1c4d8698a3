/** Every dictionary is complete in every language: no missing key, no surplus key, the same placeholders. */

import { describe, expect, it } from "vitest";

import { en as assistant } from "../../src/dashboard/assistant/texts/en";
import { vi as assistantVi } from "../../src/dashboard/assistant/texts/vi";
import { en as copilot } from "../../src/dashboard/copilot/texts/en";
import { vi as copilotVi } from "../../src/dashboard/copilot/texts/vi";
import { en as account } from "../../src/dashboard/settings/account/texts/en";
import { vi as accountVi } from "../../src/dashboard/settings/account/texts/vi";
import { en as admin } from "../../src/dashboard/settings/admin/texts/en";
import { vi as adminVi } from "../../src/dashboard/settings/admin/texts/vi";
import { en as assistantFigures } from "../../src/dashboard/settings/assistant/figures/texts/en";
import { vi as assistantFiguresVi } from "../../src/dashboard/settings/assistant/figures/texts/vi";
import { en as assistantSettings } from "../../src/dashboard/settings/assistant/settings/texts/en";
import { vi as assistantSettingsVi } from "../../src/dashboard/settings/assistant/settings/texts/vi";
import { en as assistantTest } from "../../src/dashboard/settings/assistant/test/texts/en";
import { vi as assistantTestVi } from "../../src/dashboard/settings/assistant/test/texts/vi";
import { en as assistantTurns } from "../../src/dashboard/settings/assistant/turns/texts/en";
import { vi as assistantTurnsVi } from "../../src/dashboard/settings/assistant/turns/texts/vi";
import { en as assistantWorkflow } from "../../src/dashboard/settings/assistant/workflow/texts/en";
import { vi as assistantWorkflowVi } from "../../src/dashboard/settings/assistant/workflow/texts/vi";
import { en as audit } from "../../src/dashboard/settings/audit/texts/en";
import { vi as auditVi } from "../../src/dashboard/settings/audit/texts/vi";
import { en as canned } from "../../src/dashboard/settings/canned_responses/texts/en";
import { vi as cannedVi } from "../../src/dashboard/settings/canned_responses/texts/vi";
import { en as forms } from "../../src/dashboard/settings/forms/texts/en";
import { vi as formsVi } from "../../src/dashboard/settings/forms/texts/vi";
import { en as sent } from "../../src/dashboard/forms/texts/en";
import { vi as sentVi } from "../../src/dashboard/forms/texts/vi";
import { en as knowledge } from "../../src/dashboard/settings/knowledge/texts/en";
import { vi as knowledgeVi } from "../../src/dashboard/settings/knowledge/texts/vi";
import { en as project } from "../../src/dashboard/settings/project/texts/en";
import { vi as projectVi } from "../../src/dashboard/settings/project/texts/vi";
import { en as notes } from "../../src/dashboard/notes/texts/en";
import { vi as notesVi } from "../../src/dashboard/notes/texts/vi";
import { en as screenshots } from "../../src/dashboard/screenshots/texts/en";
import { vi as screenshotsVi } from "../../src/dashboard/screenshots/texts/vi";
import { en as webhooks } from "../../src/dashboard/settings/webhooks/texts/en";
import { vi as webhooksVi } from "../../src/dashboard/settings/webhooks/texts/vi";
import { en as blocked } from "../../src/dashboard/settings/blocked/texts/en";
import { vi as blockedVi } from "../../src/dashboard/settings/blocked/texts/vi";
import { en as identity } from "../../src/dashboard/settings/identity/texts/en";
import { vi as identityVi } from "../../src/dashboard/settings/identity/texts/vi";
import { en as common } from "../../src/dashboard/settings/texts/en";
import { vi as commonVi } from "../../src/dashboard/settings/texts/vi";
import { en as shortcuts } from "../../src/dashboard/shortcuts/texts/en";
import { vi as shortcutsVi } from "../../src/dashboard/shortcuts/texts/vi";
import { en as door } from "../../src/dashboard/texts/auth/en";
import { vi as doorVi } from "../../src/dashboard/texts/auth/vi";
import { en as inbox } from "../../src/dashboard/texts/inbox/en";
import { vi as inboxVi } from "../../src/dashboard/texts/inbox/vi";
import { en as firstSteps } from "../../src/dashboard/first_steps/texts/en";
import { vi as firstStepsVi } from "../../src/dashboard/first_steps/texts/vi";
import { inboxTranslator } from "../../src/dashboard/texts/i18n";

type Dictionary = Readonly<Record<string, string>>;

const PAIRS: readonly (readonly [string, Dictionary, Dictionary])[] = [
  ["the inbox", inbox, inboxVi],
  ["the door", door, doorVi],
  ["the assistant in the inbox", assistant, assistantVi],
  ["the copilot", copilot, copilotVi],
  ["the first steps", firstSteps, firstStepsVi],
  ["every page of the settings", common, commonVi],
  ["the account", account, accountVi],
  ["a project", project, projectVi],
  ["knowledge", knowledge, knowledgeVi],
  ["form templates", forms, formsVi],
  ["forms in conversations", sent, sentVi],
  ["screenshots", screenshots, screenshotsVi],
  ["the installation", admin, adminVi],
  ["the audit log", audit, auditVi],
  ["canned responses", canned, cannedVi],
  ["notes and mentions", notes, notesVi],
  ["the keyboard shortcuts", shortcuts, shortcutsVi],
  ["webhooks", webhooks, webhooksVi],
  ["blocked visitors", blocked, blockedVi],
  ["verified visitors", identity, identityVi],
  ["the assistant's figures", assistantFigures, assistantFiguresVi],
  ["the assistant's settings", assistantSettings, assistantSettingsVi],
  ["the test chat", assistantTest, assistantTestVi],
  ["the assistant's turns", assistantTurns, assistantTurnsVi],
  ["the workflow editor", assistantWorkflow, assistantWorkflowVi],
];

function placeholders(text: string): readonly string[] {
  return [...text.matchAll(/\{\w+\}/g)].map(([found]) => found).sort();
}

describe.each(PAIRS)("the texts of %s", (_, english, vietnamese) => {
  it("have the same keys", () => {
    expect(Object.keys(vietnamese).sort()).toEqual(Object.keys(english).sort());
    expect(Object.keys(english).length).toBeGreaterThan(10);
  });

  it("have a text for every key, with the same placeholders", () => {
    for (const [key, text] of Object.entries(english)) {
      const other = vietnamese[key] ?? "";
      expect([text.trim(), other.trim()], key).not.toContain("");
      expect([key, ...placeholders(other)]).toEqual([key, ...placeholders(text)]);
    }
  });
});

describe.each(PAIRS)("the words of %s", (_, english, vietnamese) => {
  it("have one spelling each", () => {
    expect(Object.values(english).filter((text) => /e-mail|\bmails?\b(?! server)/i.test(text))).toEqual([]);
    expect(Object.values(vietnamese).filter((text) => /e-mail|cuộc trò chuyện/i.test(text))).toEqual([]);
  });
});

it("a count of one has a text of its own", () => {
  const t = inboxTranslator("en");
  expect(t("composer.left", { n: 1 })).toBe("1 character left");
  expect(t("composer.left", { n: 2 })).toBe("2 characters left");
  expect(t("list.unread.count", { n: 1 })).toBe("1 unread");
});

it("no two areas of the settings share a key, so that none overwrites another", () => {
  const ASSISTANT = {
    ...assistantSettings,
    ...assistantWorkflow,
    ...assistantTest,
    ...assistantTurns,
    ...assistantFigures,
  };
  const keys = [common, account, project, admin, audit, canned, forms, webhooks, blocked, identity, ASSISTANT].flatMap(
    Object.keys,
  );
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
});
