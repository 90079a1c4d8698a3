/** Hooks for REST requests of the settings: loading a value, and running an action. */

import { useCallback, useContext, useEffect, useRef, useState } from "preact/hooks";

import { Problem } from "../../rest/api";
import type { Resource } from "../../state/model";
import { WorkspaceContext } from "../../views/hooks";

export interface Loaded<T> {
  readonly value: T | null;
  readonly problem: Problem | null; // why there is no value, or no newer one
  readonly reload: () => Promise<void>;
  /** Replaces the loaded value by the newer one that an action returned. */
  readonly set: (next: T | ((now: T) => T)) => void;
}

/** Loads now, and again when one of `on` changes; only the response to the last request counts. */
export function useLoaded<T>(load: () => Promise<T>, on: readonly unknown[]): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const request_id = useRef(0);
  const reload = useCallback(async (): Promise<void> => {
    const mine = ++request_id.current;
    setProblem(null);
    try {
      const answer = await load();
      if (mine === request_id.current) setValue(() => answer);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (mine === request_id.current) setProblem(error);
    }
  }, on);
  useEffect(() => {
    setValue(null);
    void reload();
    return () => {
      request_id.current++; // unmounted: ignore the response
    };
  }, on);
  const set = useCallback((next: T | ((now: T) => T)): void => {
    request_id.current++;
    setValue((now) => (typeof next !== "function" ? next : now === null ? now : (next as (now: T) => T)(now)));
  }, []);
  return { value, problem, reload, set };
}

/** Loads again when the server says that `resource` of this project has changed. The old value stays on screen until
 *  then, and if that fails. */
export function useTouched({ reload }: Pick<Loaded<unknown>, "reload">, resource: Resource): void {
  const store = useContext(WorkspaceContext)?.store;
  const latest = useRef(reload);
  latest.current = reload;
  useEffect(() => store?.onTouched(resource, () => void latest.current()), [store, resource]);
}

export interface RequestState {
  readonly busy: boolean;
  readonly problem: Problem | null;
  /** Runs one action at a time and resolves with whether it succeeded. A refusal by REST becomes `problem`. */
  readonly run: (work: () => Promise<void>) => Promise<boolean>;
  readonly clear: () => void;
}

export function useRequest(): RequestState {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const in_flight = useRef(false);
  const run = useCallback(async (work: () => Promise<void>): Promise<boolean> => {
    if (in_flight.current) return false;
    in_flight.current = true;
    setBusy(true);
    setProblem(null);
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      return false;
    } finally {
      in_flight.current = false;
      setBusy(false);
    }
  }, []);
  const clear = useCallback(() => setProblem(null), []);
  return { busy, problem, run, clear };
}
