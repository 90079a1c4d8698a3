/** The texts of the dashboard's areas in the language that is spoken. English is part of the code; every other language
 *  is a file beside it, loaded when it is chosen. What it lacks is said in English. */

export type Language = string; // one of LANGUAGES
export type Values = Readonly<Record<string, string | number>>;
export type Translator<K extends string> = (key: K, values?: Values) => string;

type Dictionary = Readonly<Record<string, string>>;
/** Loads an area's texts, by language; see build/texts.mjs. */
export type Others = Readonly<Record<Language, () => Promise<{ readonly texts: Dictionary }>>>;

export const BASE: Language = "en";

const areas = new Set<Area<never>>();
const listeners = new Set<() => void>();
let wanted = BASE;
let spoken = BASE;
let ready: Promise<unknown> = Promise.resolve();

/** One set of texts: those of the inbox, of the settings, … */
export class Area<K extends string> {
  private readonly loaded = new Map<Language, Dictionary>();
  private readonly translators = new Map<Language, Translator<K>>();

  constructor(
    private readonly english: Readonly<Record<K, string>>,
    private readonly others: Others,
  ) {
    areas.add(this as unknown as Area<never>);
    // A lazy part brings its area with it: whoever shows the part waits for `textsReady`.
    if (wanted !== BASE) ready = Promise.all([ready, this.load(wanted)]);
  }

  /** Never rejects: without the file the texts are English. */
  async load(language: Language): Promise<void> {
    const file = Object.hasOwn(this.others, language) ? this.others[language] : undefined;
    if (file === undefined || this.loaded.has(language)) return;
    try {
      this.loaded.set(language, (await file()).texts);
      this.translators.delete(language);
    } catch (error) {
      console.warn(`Parley: texts in "${language}" could not be loaded`, error);
    }
  }

  /** Of a language that is loaded; else English. */
  translator(language: Language): Translator<K> {
    let found = this.translators.get(language);
    if (found === undefined) {
      found = translator<K>({ ...this.english, ...this.loaded.get(language) }, language);
      this.translators.set(language, found);
    }
    return found;
  }

  has(key: string): key is K {
    return Object.hasOwn(this.english, key);
  }

  keys(): readonly K[] {
    return Object.keys(this.english) as K[];
  }
}

/** A translate function over any dictionary; replaces {n}, {name} …. A text for {n} may have forms for its number,
 *  `KEY.one`, `KEY.few` …, as the language counts; 1 is always `one`. */
export function translator<K extends string>(
  texts: Readonly<Record<K, string>>,
  language: Language = BASE,
): Translator<K> {
  const forms = texts as Dictionary;
  return (key, values) => {
    if (values === undefined) return texts[key];
    const text =
      (typeof values.n === "number" ? forms[`${key}.${formOf(values.n, language)}`] : undefined) ?? texts[key];
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  };
}

/** Changes the language of every area, once its texts are loaded. */
export async function speak(language: Language): Promise<void> {
  if (language === wanted) return textsReady();
  wanted = language;
  ready = Promise.all([...areas].map((area) => area.load(language)));
  await textsReady();
  if (language !== wanted || language === spoken) return;
  spoken = language;
  for (const listener of listeners) listener();
}

/** Resolves when every area that is known by now can speak the language that was chosen last. */
export async function textsReady(): Promise<void> {
  let waited: Promise<unknown> | null = null;
  while (waited !== ready) {
    waited = ready;
    await waited;
  }
}

export function spokenLanguage(): Language {
  return spoken;
}

/** Calls `listener` when another language is spoken. Returns an unsubscribe function. */
export function onSpoken(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const rules = new Map<Language, Intl.PluralRules>();

function formOf(n: number, language: Language): string {
  if (n === 1) return "one";
  let rule = rules.get(language);
  if (rule === undefined) {
    const known = Intl.PluralRules.supportedLocalesOf([language]).length > 0;
    rule = new Intl.PluralRules(known ? language : BASE);
    rules.set(language, rule);
  }
  return rule.select(n);
}
