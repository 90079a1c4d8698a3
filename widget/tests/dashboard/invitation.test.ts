/** The sentence of an invitation, with and without the name of the person who sent it. */

import { expect, test } from "vitest";

import { invitedLead, signInLead } from "../../src/dashboard/auth/invitation";
import { en } from "../../src/dashboard/texts/auth/en";
import { translator } from "../../src/dashboard/texts/i18n";

const t = translator(en);
const invitation = {
  project_name: "Shop",
  email: "an@example.com",
  role: "agent",
  inviter: "Mai Tran",
  expires_at: 0,
  account_exists: false,
} as const;

test("an invitation names the person who sent it", () => {
  expect(invitedLead(invitation, t)).toBe("Mai Tran invited an@example.com to answer visitors as an agent.");
  expect(signInLead(invitation, t)).toBe("Mai Tran invited you. Sign in as an@example.com to join.");
});

test("an invitation whose sender's account was deleted names no sender", () => {
  const unnamed = { ...invitation, inviter: null };
  expect(invitedLead(unnamed, t)).toBe("an@example.com was invited to answer visitors as an agent.");
  expect(signInLead(unnamed, t)).toBe("You were invited. Sign in as an@example.com to join.");
});
