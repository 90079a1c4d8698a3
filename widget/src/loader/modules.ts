/** Imports modules of ours, and tries again when that fails.
 *
 *  A browser remembers an import that failed and answers the same address with the same failure, so every further
 *  attempt has an address of its own. That is also why no built module imports another one statically: under a new
 *  address it would be a second instance beside the first, with a state of its own. */

const RETRY = 1_000; // ms, doubled each time
const RETRIES = 5; // of one call; the last one is 31 s after the first attempt

/** Returns a function that imports a file of `folder`: once, for as many callers as there are. After a rejection it
 *  may be called again. */
export function moduleLoader(folder: string): (file: string) => Promise<unknown> {
  const loading = new Map<string, Promise<unknown>>();
  let retries = 0; // of all files: no address comes twice

  const attempt = async (file: string, left: number, again: string): Promise<unknown> => {
    try {
      return await import(folder + file + again);
    } catch (error) {
      if (!left) {
        console.error(`Parley: ${file} could not be loaded.`);
        throw error;
      }
      await new Promise((resume) => setTimeout(resume, RETRY * 2 ** (RETRIES - left)));
      // A release may have removed what a cached loader names; the first load is always there without its hash.
      return attempt(file.replace(/^(embed.*)-[\da-f]{12}/, "$1"), left - 1, `?retry=${++retries}`);
    }
  };
  return (file) => {
    let module = loading.get(file);
    if (!module) {
      const again = retries ? `?retry=${++retries}` : "";
      module = attempt(file, RETRIES, again);
      loading.set(file, module);
      module.catch(() => loading.delete(file));
    }
    return module;
  };
}
