/** The assistant's REST calls, its settings form, and the figures' bars. */

import { afterEach, describe, expect, it, vi } from "vitest";

import { AssistantApi } from "../../../src/dashboard/settings/assistant/api";
import type { Assistant, AssistantDay as FigureDay } from "../../../src/rest/types";
import { barsOf, ceiling, HEIGHT } from "../../../src/dashboard/settings/assistant/figures/bars";
import { assistantTranslator } from "../../../src/dashboard/settings/assistant/i18n";
import { changeOf, draftOf, faultsOf, tokensOf } from "../../../src/dashboard/settings/assistant/settings/draft";
import { outcomeOf } from "../../../src/dashboard/settings/assistant/test/panel";
import { costText } from "../../../src/dashboard/settings/assistant/turns/money";
import { fieldLabel, labelOf, problemText } from "../../../src/dashboard/settings/assistant/workflow/labels";
import { Api } from "../../../src/dashboard/rest/api";
import { flow, node, SHOP } from "./workflows";

const t = assistantTranslator("en");
const ASSISTANT: Assistant = {
  enabled: false,
  mode: "prompt",
  availability: "always",
  name: "Ada",
  prompt: "",
  fallback: "",
  release_on_reopen: true,
  daily_tokens: 200_000,
  published: null,
  version: 3,
  tokens_today: 0,
  available: true,
  provider: "demo",
  scripted: true,
};

describe("REST", () => {
  afterEach(() => void vi.unstubAllGlobals());

  async function asked(call: (api: AssistantApi) => Promise<unknown>): Promise<readonly [string, string, unknown]> {
    const fetched = vi.fn(async (_: string, __: RequestInit) => new Response("{}", { status: 200 }));
    vi.stubGlobal("fetch", fetched);
    await call(new AssistantApi(new Api("/api/v1", () => undefined), "p"));
    const [url, { method, body }] = fetched.mock.calls[0]!;
    return [method ?? "", url.replace("/api/v1/projects/p/assistant", ""), body ? JSON.parse(String(body)) : null];
  }

  it("has the addresses of the contract", async () => {
    expect(await asked((api) => api.settings())).toEqual(["GET", "", null]);
    expect(await asked((api) => api.change(3, { enabled: true }))).toEqual([
      "PATCH",
      "",
      { version: 3, enabled: true },
    ]);
    expect(await asked((api) => api.ownModel())).toEqual(["GET", "/provider", null]);
    expect(await asked((api) => api.tryOwnModel())).toEqual(["POST", "/provider/test", null]);
    expect(await asked((api) => api.save(4, SHOP))).toEqual(["PUT", "/workflow", { version: 4, workflow: SHOP }]);
    expect(await asked((api) => api.publish(4, "new"))).toEqual([
      "POST",
      "/workflow/publish",
      { version: 4, note: "new" },
    ]);
    expect(await asked((api) => api.versions("a+b"))).toEqual(["GET", "/workflow/versions?cursor=a%2Bb", null]);
    expect(await asked((api) => api.turns("failed", null))).toEqual(["GET", "/turns?state=failed", null]);
    expect(await asked((api) => api.turns("", null))).toEqual(["GET", "/turns", null]);
    expect(await asked((api) => api.figures(7))).toEqual(["GET", "/figures?days=7", null]);
  });
});

describe("the settings form", () => {
  it("sends only what was changed", () => {
    const draft = { ...draftOf(ASSISTANT), enabled: true, daily_tokens: "50 000" };
    expect(changeOf(ASSISTANT, draft)).toEqual({ enabled: true, daily_tokens: 50_000 });
    expect(changeOf(ASSISTANT, draftOf(ASSISTANT))).toEqual({});
  });

  it.each([
    ["1000", 1_000],
    ["200.000", 200_000],
    ["999", null],
    ["-5", null],
    ["many", null],
    ["99999999999", null],
  ])("reads %s tokens as %s", (text, tokens) => {
    expect(tokensOf(text)).toBe(tokens);
  });

  it("explains what is missing", () => {
    const faults = faultsOf({ ...draftOf(ASSISTANT), name: " ", daily_tokens: "" });
    expect([...faults]).toEqual([
      ["name", "required"],
      ["daily_tokens", "tokens"],
    ]);
  });
});

describe("words", () => {
  it("name a step by its name, its text, its tool or its type", () => {
    expect(labelOf(node("llm", "a", { name: "Answer" }), t)).toBe("Answer");
    expect(labelOf(node("llm", "a", { prompt: "Be kind.\nAlways." }), t)).toBe("Be kind.");
    expect(labelOf(node("action", "a", { tool: "send_form" }), t)).toBe("Send a form");
    expect(labelOf(node("end", "a"), t)).toBe("End");
  });

  it("explain a problem, with the name of the route", () => {
    const workflow = flow(
      node("condition", "c"),
      node("switch", "s", { cases: [{ name: "Refund", when: "", next: "" }] }),
    );
    const text = (id: string, code: string, detail = ""): string =>
      problemText(workflow, { node: id, code, detail }, t);
    expect(text("c", "not_wired", "yes")).toBe("The way “yes” leads nowhere.");
    expect(text("s", "not_wired", "default")).toBe("The way “anything else” leads nowhere.");
    expect(text("s", "not_wired", "Refund")).toBe("The way “Refund” leads nowhere.");
    expect(problemText(flow(node("collect", "v")), { node: "v", code: "not_wired", detail: "next" }, t)).toBe(
      "The way “value given” leads nowhere.",
    );
    expect(text("c", "unknown_choice", "template")).toBe("Form: what was chosen no longer exists.");
    expect(text("c", "of_next_year")).toBe("Something is wrong here (of_next_year).");
  });

  it("name fields of a difference", () => {
    expect(fieldLabel("cases[1].next", t)).toBe("Case 2: next");
    expect(fieldLabel("arguments.template", t)).toBe("Form");
    expect(fieldLabel("prompt", t)).toBe("Prompt");
  });

  it("translate the outcomes of steps; a case keeps its name", () => {
    expect(outcomeOf("undecided: no", t)).toBe("undecided: no");
    expect(outcomeOf("send_form: failed", t)).toBe("Send a form: failed");
    expect(outcomeOf("Refund", t)).toBe("Refund");
  });

  it("write costs in the price's currency", () => {
    expect(costText(430, "en")).toBe("0.00043");
    expect(costText(17_000_000, "en")).toBe("17.00");
  });
});

describe("the bars", () => {
  const day = (turns: number, failed: number, interrupted: number): FigureDay => ({
    day: "2026-11-30",
    turns,
    failed,
    interrupted,
    prompt_tokens: 0,
    answer_tokens: 0,
    cost: 0,
  });

  it("end at a round number", () => {
    expect([day(0, 0, 0), day(7, 0, 0), day(13, 0, 0), day(450, 0, 0)].map((one) => ceiling([one]))).toEqual([
      1, 10, 20, 500,
    ]);
  });

  it("have failures above the others, within the drawing", () => {
    const [bar] = barsOf([day(10, 2, 3)]);
    expect(bar!.bad).toEqual({ y: 0, height: HEIGHT / 2 });
    expect(bar!.good).toEqual({ y: HEIGHT / 2, height: HEIGHT / 2 });
  });
});
