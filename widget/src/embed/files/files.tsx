/** The files of all messages in the window: their addresses, which expire, and their pictures. */

import { Addresses } from "../../attachments/addresses";
import { attachedOf } from "../../attachments/files";
import type { Attachments } from "../../rest/types";
import type { Draw, WidgetView } from "../view";
import { ORIGIN, request } from "./request";
import { fileTexts } from "./texts";
import { FileView, type Known } from "./view";

const RETRY = 5_000; // ms

export class Files {
  readonly #addresses: Addresses;
  readonly #known = new Map<string, Known>(); // by file
  readonly #failed = new Map<Element, number>(); // when, on the monotonic clock
  readonly #watched = new WeakSet<Element>();
  readonly #sight: IntersectionObserver;
  #frame: HTMLElement | null = null;
  #render: Draw | null = null;

  constructor(readonly widget: WidgetView) {
    this.#addresses = new Addresses(async (ids) => {
      const response = await request(widget, "GET", `?ids=${ids}`);
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return ((await response.json()) as Attachments).items;
    }, widget.host.world.monotonic);
    // Asked for when the file is seen: a long chat has many, and addresses expire.
    this.#sight = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        this.#sight.unobserve(target);
        void this.#load(target as HTMLElement);
      }
    });
  }

  draw(frame: HTMLElement, render: Draw): void {
    this.#frame = frame;
    this.#render = render;
    this.#draw();
    const { chat, host } = this.widget;
    for (const [target, at] of this.#failed) {
      if (chat.connection !== "open" || host.world.monotonic() - at < RETRY) continue;
      this.#failed.delete(target);
      this.#sight.observe(target);
    }
  }

  #draw(): void {
    const { chat, language } = this.widget;
    const { messages, unsent } = chat.state;
    const texts = fileTexts(language);
    for (const box of this.#frame?.querySelectorAll(".files") ?? []) {
      const waiting = unsent.find(({ ref }) => ref === box.id)?.attached;
      const attached = attachedOf((waiting ?? messages.find(({ id }) => id === box.id))?.content);
      const files = attached?.files ?? [];
      box.classList.toggle("bare", !!attached && !attached.captioned);
      box.classList.toggle("many", files.length > 1);
      const views = files.map((file) => (
        <FileView
          key={file.id}
          file={file}
          known={this.#known.get(file.id) ?? {}}
          texts={texts}
          language={language}
          onOpen={(event) => this.#open(event, file.id)}
        />
      ));
      this.#render?.(views, box);
      for (const target of box.querySelectorAll("[data-file]")) {
        if (this.#watched.has(target)) continue;
        this.#watched.add(target);
        this.#sight.observe(target);
      }
    }
  }

  async #load(target: HTMLElement): Promise<void> {
    const id = target.dataset["file"]!;
    try {
      const address = await this.#find(id);
      const canvas = target.querySelector("canvas");
      if (address?.thumbnail_url && canvas) this.#learn(id, { plain: !(await paint(canvas, address.thumbnail_url)) });
    } catch {
      this.#failed.set(target, this.widget.host.world.monotonic());
    }
  }

  async #find(id: string) {
    const address = await this.#addresses.of(id);
    this.#learn(id, address?.url ? { url: ORIGIN + address.url } : { gone: true });
    return address;
  }

  #learn(id: string, known: Known): void {
    this.#known.set(id, { ...this.#known.get(id), ...known });
    this.#draw();
  }

  /** The address of a file that was shown long ago has expired. */
  #open(event: Event, id: string): void {
    if (this.#known.get(id)?.url && this.#addresses.isFresh(id)) return;
    event.preventDefault();
    const tab = open("", "_blank"); // before any wait, or the browser blocks it
    if (!tab) return;
    tab.opener = null;
    this.#find(id).then(
      (address) => (address?.url ? tab.location.assign(ORIGIN + address.url) : tab.close()),
      () => tab.close(),
    );
  }
}

/** On a canvas: a page's Content-Security-Policy may allow no images, but it allows the connection to us. Resolves with
 *  whether the browser can show it. */
async function paint(canvas: HTMLCanvasElement, path: string): Promise<boolean> {
  const response = await fetch(ORIGIN + path, { credentials: "omit" });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const picture = await createImageBitmap(await response.blob()).catch(() => null);
  if (picture) canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return picture !== null;
}
