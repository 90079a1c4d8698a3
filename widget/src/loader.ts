/** What a customer pastes; it loads the rest. */
declare const EMBED_FILE: string;
console.debug(EMBED_FILE);
