/** Files that are dragged over the conversation. */

import type { JSX, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Icon } from "../views/parts/icons";
import { useFileI18n } from "./i18n";
import { hasFiles } from "./transfer";

interface DropProps {
  readonly inside: RefObject<HTMLElement | null>; // an element of the pane that takes the files
  readonly onFiles: (files: readonly File[]) => void;
}

/** Shown over the pane while files are dragged over it. */
export function DropPlace({ inside, onFiles }: DropProps): JSX.Element | null {
  const { t } = useFileI18n();
  const [over, setOver] = useState(false);
  const take = useRef(onFiles);
  take.current = onFiles;
  useEffect(() => {
    const pane = inside.current?.closest<HTMLElement>(".thread-pane") ?? null;
    if (pane === null) return undefined;
    const drag = (event: DragEvent): void => {
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (!pane.contains(event.relatedTarget as Node | null)) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      setOver(false);
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      take.current([...event.dataTransfer.files]);
    };
    pane.addEventListener("dragover", drag);
    pane.addEventListener("dragleave", leave);
    pane.addEventListener("drop", drop);
    return () => {
      pane.removeEventListener("dragover", drag);
      pane.removeEventListener("dragleave", leave);
      pane.removeEventListener("drop", drop);
    };
  }, [inside]);
  if (!over) return null;
  return (
    <div class="drop-place">
      <Icon name="clip" size={22} />
      {t("drop")}
    </div>
  );
}
