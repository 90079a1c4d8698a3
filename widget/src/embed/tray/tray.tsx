/** The files that the visitor adds to a message: uploaded while they write, and sent with it. */

import { carrierOf } from "../../attachments/carrier";
import { contentOf, namesOf, type StoredFile } from "../../attachments/files";
import { Uploader } from "../../attachments/uploader";
import type { Draw, WidgetView } from "../view";
import { requestsOf } from "./requests";
import type { Attachments } from "../../chat/model";
import { reasonText, type TrayTexts, trayTexts } from "./texts";
import { TrayView } from "./view";

const UNSENT_TTL = 3_600_000; // ms that the server keeps a file without a message

/** What survives a reload. */
interface Kept {
  readonly at: number;
  readonly stored: readonly StoredFile[];
  readonly lost: readonly string[]; // names of what was not uploaded
}

export class Tray {
  readonly #uploader: Uploader;
  readonly #texts: TrayTexts;
  readonly #announced = new Map<number, string>(); // by upload: the phase that was announced
  readonly #forget: () => void;
  #frame: HTMLElement | null = null;
  #render: Draw | null = null;
  #notice = "";
  #said = "";
  #wasOpen = false;
  #ended = false;

  constructor(readonly widget: WidgetView) {
    const { host } = widget;
    this.#texts = trayTexts(widget.language);
    const limits = { max_bytes: 0, max_files: 0, ...widget.settings?.attachments };
    this.#uploader = new Uploader(host.world, carrierOf(requestsOf(widget)), limits, () => this.#changed());
    this.#forget = host.world.follow((event) => event === "online" && this.#uploader.reconnected());
    widget.sendFiles = (caption) => this.#send(caption.trim());
    this.#restore();
  }

  take(files: readonly File[]): void {
    this.#notice = "";
    const surplus = this.#uploader.add(files);
    if (surplus) this.#notice = this.#texts.surplus(surplus, this.widget.settings?.attachments?.max_files ?? 0);
    this.#said = this.#notice;
    this.#changed();
    this.#frame?.querySelector<HTMLElement>("textarea")?.focus();
  }

  draw(frame: HTMLElement, render: Draw): void {
    this.#frame = frame;
    this.#render = render;
    const isOpen = this.widget.chat.connection === "open";
    if (isOpen && !this.#wasOpen) this.#uploader.reconnected();
    this.#wasOpen = isOpen;
    this.#draw();
  }

  end(): void {
    this.#ended = true;
    this.#forget();
    this.#uploader.stop();
  }

  #draw(): void {
    const box = this.#frame?.querySelector(".tray");
    if (!box) return;
    this.#render?.(
      <TrayView
        uploader={this.#uploader}
        texts={this.#texts}
        language={this.widget.language}
        notice={this.#notice}
        said={this.#said}
        leave={() => this.#frame?.querySelector<HTMLElement>("textarea")?.focus()}
      />,
      box,
    );
  }

  #changed(): void {
    if (this.#ended) return;
    const { widget } = this;
    const { list, stored } = this.#uploader;
    for (const { key, phase, file, reason } of list) {
      if (this.#announced.get(key) === phase) continue;
      this.#announced.set(key, phase);
      if (phase === "ready") this.#said = this.#texts.uploaded(file.name);
      if (phase === "failed") this.#said = this.#texts.failed(file.name, reasonText(reason, this.#texts));
    }
    this.#keep();
    const files = list.length ? !!stored : undefined;
    if (files !== widget.files) {
      widget.files = files;
      widget.chat.dispatch((state) => ({ ...state })); // draws the composer
    }
    this.#draw();
  }

  /** undefined: there are no files. */
  #send(caption: string): boolean | undefined {
    const { list, stored } = this.#uploader;
    if (!list.length) return undefined;
    if (!stored) return false;
    const attached: Attachments = {
      type: "attach",
      files: stored.map(({ id }) => id),
      body: caption,
      shown: caption || namesOf(stored),
      content: contentOf(stored, caption),
    };
    const sent = this.widget.chat.send("", { attached });
    if (!sent) return false;
    this.#notice = "";
    this.#uploader.clear();
    return true;
  }

  get #name(): string {
    return `${this.widget.prefix}files`;
  }

  #keep(): void {
    const { list } = this.#uploader;
    const kept: Kept = {
      at: this.widget.host.world.now(),
      stored: list.flatMap(({ stored }) => stored ?? []),
      lost: list.filter(({ phase }) => /queued|uploading|examining/.test(phase)).map(({ file }) => file.name),
    };
    this.widget.host.session.write(this.#name, list.length ? JSON.stringify(kept) : null);
  }

  #restore(): void {
    const { host } = this.widget;
    try {
      const kept = JSON.parse(host.session.read(this.#name) ?? "null") as Kept | null;
      if (kept?.lost.length) this.#said = this.#notice = this.#texts.lost(kept.lost.join(", "));
      if (kept && host.world.now() - kept.at < UNSENT_TTL) this.#uploader.restore(kept.stored);
    } catch {
      // The page can write to storage too: what is not valid is ignored.
    }
    this.#changed();
  }
}
