/** The language that visitors' messages are translated into: that of the agent's preferences, else of the dashboard. */

import { useEffect, useState } from "preact/hooks";

import type { InboxStore } from "../../store/inbox_store";
import { useLanguage, useWorkspace } from "../../views/hooks";
import type { CopilotApi } from "../api";
import { useCopilotApi } from "../use_client";

let known: { readonly store: InboxStore; readonly language: Promise<string> } | null = null;

export function useOwnLanguage(): string {
  const { store } = useWorkspace();
  const api = useCopilotApi();
  const shown = useLanguage();
  const [own, setOwn] = useState("");
  useEffect(() => {
    let current = true;
    void preferred(store, api).then((language) => current && setOwn(language));
    return () => {
      current = false;
    };
  }, [store, api]);
  return own === "" ? shown : own;
}

/** Read once per project; every message that is translated asks for it. */
function preferred(store: InboxStore, api: CopilotApi): Promise<string> {
  if (known?.store === store) return known.language;
  const language = api.preferences("mine").then(
    (mine) => mine.language,
    () => {
      known = null; // read again by the next one
      return "";
    },
  );
  known = { store, language };
  return language;
}

/** The agent has changed their preferences. */
export function forgetOwnLanguage(): void {
  known = null;
}
