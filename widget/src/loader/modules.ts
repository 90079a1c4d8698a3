/** Imports modules with retries. A browser caches a failed import and fails again for the same address, so every retry
 *  has an address of its own. For the same reason no built module imports another one statically: under a new address
 *  it would be a second instance with its own state. */

const RETRY = 1_000; // ms, doubled each time
const RETRIES = 5; // per call; the last one is 31 s after the first attempt

/** Returns a function that imports a file of `folder`; concurrent callers share one import. It may be called again
 *  after a rejection. */
export function moduleLoader(folder: string): (file: string) => Promise<unknown> {
  const loading = new Map<string, Promise<unknown>>();
  let retries = 0; // across all files: no address is used twice

  const attempt = async (file: string, left: number, again: string): Promise<unknown> => {
    try {
      return await import(folder + file + again);
    } catch (error) {
      if (!left) {
        console.error(`Parley: ${file} could not be loaded.`);
        throw error;
      }
      await new Promise((resume) => setTimeout(resume, RETRY * 2 ** (RETRIES - left)));
      // A release may have removed the file that a cached loader names; the first load is always served without its
      // hash too.
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
