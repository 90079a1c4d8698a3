/** The signed address of one file, for a component. */

import { useEffect, useState } from "preact/hooks";

import type { Attachment } from "../../rest/types";
import { useProjectFiles } from "./project_files";

const RETRY = 5_000; // ms
const RENEWAL = 8 * 60_000 + 1_000; // ms; an address is asked for again before it expires
const MAX_ERRORS = 2; // of a picture, before it counts as broken

interface Found {
  /** undefined: not known yet; null: the file does not exist any more. */
  readonly address: Attachment | null | undefined;
  /** Asks for another address, as the picture could not be loaded; false: it was tried often enough. */
  readonly retry: () => boolean;
  /** The address as soon as it is known; null: there is none. */
  readonly load: () => Promise<Attachment | null>;
}

export function useAddress(id: string, wanted: boolean): Found {
  const { addresses } = useProjectFiles();
  const [address, setAddress] = useState<Attachment | null | undefined>(undefined);
  const [turn, setTurn] = useState(0);
  const [errors, setErrors] = useState(0);
  useEffect(() => {
    if (!wanted) return undefined;
    let here = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (wait: number): void => {
      if (here) timer = setTimeout(() => setTurn((count) => count + 1), wait);
    };
    addresses.of(id).then(
      (found) => {
        if (!here) return;
        setAddress(found);
        again(RENEWAL);
      },
      () => again(RETRY),
    );
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [addresses, id, wanted, turn]);
  const retry = (): boolean => {
    if (errors >= MAX_ERRORS) return false;
    setErrors(errors + 1);
    addresses.forget(id);
    setTurn((count) => count + 1);
    return true;
  };
  return { address, retry, load: () => addresses.of(id).catch(() => null) };
}
