/** Costs, which the server keeps in millionths of the price's currency. Pure. */

const MILLIONTHS = 1_000_000;

/** "0.0123": the currency is the operator's, and not known here. */
export function costText(cost: number, language: string): string {
  const value = cost / MILLIONTHS;
  return value.toLocaleString(language, { minimumFractionDigits: 2, maximumFractionDigits: value < 1 ? 6 : 2 });
}
