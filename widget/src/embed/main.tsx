/** The visitor's face: what the loader loads. */
export {};
