/** Style sheets that are loaded with the page that needs them. */

import { useEffect, useState } from "preact/hooks";

/** A function that loads the style sheet once; after a failure the next call tries again. */
export function styleSheet(address: () => string): () => Promise<void> {
  let loading: Promise<void> | null = null;
  return () => {
    loading ??= new Promise<void>((resolve, reject) => {
      const link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = address();
      link.onload = () => resolve();
      link.onerror = () => {
        link.remove();
        loading = null;
        reject(new Error("a style sheet was not loaded"));
      };
      document.head.append(link);
    });
    return loading;
  };
}

/** Whether the styles are there, or cannot be had: without them a part is plain, but works. */
export function useStyleSheet(load: () => Promise<void>): boolean {
  const [ready, setReady] = useState(false);
  useEffect(() => {
    void load()
      .catch(() => undefined)
      .then(() => setReady(true));
  }, []);
  return ready;
}
