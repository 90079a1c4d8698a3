/** The look's own texts, in both languages. */

const en = {
  close: "Close the greeting",
  greeting: "Greeting",
  minute: "We usually answer within a minute.",
  minutes: (count: number) => `We usually answer in about ${count} minutes.`,
  halfHour: "We usually answer in about half an hour.",
  hour: "We usually answer in about an hour.",
  hours: (count: number) => `We usually answer in about ${count} hours.`,
  day: "We usually answer within a day.",
  days: "We usually answer within a few days.",
};

const vi: typeof en = {
  close: "Đóng lời chào",
  greeting: "Lời chào",
  minute: "Chúng tôi thường trả lời trong vòng một phút.",
  minutes: (count) => `Chúng tôi thường trả lời sau khoảng ${count} phút.`,
  halfHour: "Chúng tôi thường trả lời sau khoảng nửa giờ.",
  hour: "Chúng tôi thường trả lời sau khoảng một giờ.",
  hours: (count) => `Chúng tôi thường trả lời sau khoảng ${count} giờ.`,
  day: "Chúng tôi thường trả lời trong vòng một ngày.",
  days: "Chúng tôi thường trả lời trong vòng vài ngày.",
};

export type LookTexts = typeof en;

export function lookTexts(language: string): LookTexts {
  return language.startsWith("vi") ? vi : en;
}

const MINUTE = 60; // seconds
const HOUR = 60 * MINUTE;
const STEPS = [2, 3, 5, 10, 15, 20]; // minutes that are said; a measured median is no promise to the minute

/** How long visitors usually wait, rounded up: a promise that is kept more often than not. */
export function answerText(seconds: number, texts: LookTexts): string {
  if (seconds <= MINUTE) return texts.minute;
  const minutes = STEPS.find((step) => seconds <= step * MINUTE);
  if (minutes) return texts.minutes(minutes);
  if (seconds <= 35 * MINUTE) return texts.halfHour;
  if (seconds <= 75 * MINUTE) return texts.hour;
  const hours = Math.ceil(seconds / HOUR);
  return hours <= 8 ? texts.hours(hours) : hours <= 24 ? texts.day : texts.days;
}
