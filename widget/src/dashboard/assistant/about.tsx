/** Above the thread: the article that the visitor asked about from, and why the assistant handed the conversation
 *  over. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Conversation } from "../state/model";
import { partOf } from "../state/select";
import { useWorkspace } from "../views/hooks";
import { AskedAbout } from "./asked_about";
import { Handover, type Loaded } from "./handover";

export function About({ row }: { readonly row: Conversation }): JSX.Element {
  const { store, project } = useWorkspace();
  const [about, setAbout] = useState<Loaded>("loading");
  const [tries, setTries] = useState(0);
  const given = row.owner === "person" && row.owner_reason === "handed_over";
  useEffect(() => {
    let current = true;
    setAbout((before) => (typeof before === "string" ? "loading" : before));
    store.ownership.about(row.id).then(
      (found) => current && setAbout(found),
      () => current && setAbout("failed"),
    );
    return () => {
      current = false;
    };
  }, [store, row.id, given, tries]);
  // A model's summary comes some seconds after the hand-over.
  useEffect(
    () => (given ? store.onTouched(partOf("assistant", row.id), () => setTries((before) => before + 1)) : undefined),
    [store, row.id, given],
  );
  const article = typeof about === "string" ? null : about.article;
  return (
    <>
      {article ? <AskedAbout project={project.id} article={article} /> : null}
      {given ? <Handover row={row} about={about} onRetry={() => setTries(tries + 1)} /> : null}
    </>
  );
}
