/** The strength meter: no points for capitals, digits and signs. */

import { describe, expect, it } from "vitest";

import { strengthOf } from "../../src/dashboard/auth/parts/strength";

const OWN = ["mai.tran@shop.example", "Mai Tran"];

function level(password: string): number {
  return strengthOf(password, OWN).level;
}

describe("strength", () => {
  it("starts with the length that the server asks for", () => {
    expect(strengthOf("")).toMatchObject({ level: 0, missing: 10 });
    expect(strengthOf("gk2%vPq9x")).toMatchObject({ level: 0, missing: 1 });
    expect(strengthOf("gk2%vPq9xw").missing).toBe(0);
    expect(strengthOf("🐢🐢🌵🌵🍋🍋🌊🌊🦉🦉").missing).toBe(0);
    expect(strengthOf("비밀번호는비밀입".normalize("NFD"))).toMatchObject({ missing: 2 });
    expect(strengthOf("é".repeat(128).normalize("NFD")).long).toBe(false);
    expect(strengthOf("x".repeat(129))).toMatchObject({ level: 0, long: true });
  });

  it.each([
    "password123",
    "P@ssw0rd2024!",
    "Welcome2024!",
    "iloveyou1234",
    "qwertyuiop",
    "1234567890",
    "aaaaaaaaaaaaaaaa",
    "abcabcabcabc",
    "Adm1n1strator!",
  ])("rates %s as weak, whatever decorates it", (password) => {
    expect(level(password)).toBe(1);
    expect(strengthOf(password, OWN).weakness).not.toBeNull();
  });

  it("knows one's own name and address", () => {
    expect(strengthOf("mai.tran@shop.example", OWN)).toMatchObject({ level: 1, weakness: "own" });
    expect(strengthOf("Tran-shop-2024", OWN)).toMatchObject({ weakness: "own" });
    expect(strengthOf("Tran-shop-2024").weakness).toBeNull();
  });

  it("rises with what has to be guessed", () => {
    expect(level("gk2%vPq9xw")).toBe(2);
    expect(level("gk2%vPq9xwM")).toBe(3);
    expect(level("correct horse battery")).toBe(4);
    expect(level("con mèo leo núi cao")).toBe(4);
  });

  it("never falls for a longer text with the same start", () => {
    const text = "kettle under violet rain 1234 password";
    const levels = [...text].map((_, at) => level(text.slice(0, at + 1)));
    expect(levels.slice(0, 24)).toEqual([...levels.slice(0, 24)].sort());
  });
});
