/** The parts of articles that a step of a turn was given (worker/assistant/findings.py). Pure. */

export interface Passage {
  readonly number: number; // of its article
  readonly title: string;
  readonly heading: string;
}

/** Empty for a text that is none of our JSON: it may have been cut. */
export function passagesIn(received: string): readonly Passage[] {
  try {
    const found: unknown = JSON.parse(received);
    return Array.isArray(found) ? found.filter(isPassage) : [];
  } catch {
    return [];
  }
}

function isPassage(one: unknown): one is Passage {
  const { number, title, heading } = (one ?? {}) as Partial<Record<keyof Passage, unknown>>;
  return typeof number === "number" && typeof title === "string" && typeof heading === "string";
}
