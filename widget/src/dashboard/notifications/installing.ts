/** Installing the dashboard as an app. The browser's own prompt is held back, and offered in the settings only. */

interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

let offered: InstallPrompt | null = null;
const listeners = new Set<() => void>();

export function holdInstallPrompt(): void {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offered = event as InstallPrompt;
    for (const listener of listeners) listener();
  });
  addEventListener("appinstalled", () => {
    offered = null;
    for (const listener of listeners) listener();
  });
}

export function canInstall(): boolean {
  return offered !== null;
}

export async function install(): Promise<void> {
  const prompt = offered;
  offered = null; // a prompt can be used once
  await prompt?.prompt();
  for (const listener of listeners) listener();
}

/** Returns an unsubscribe function. */
export function onInstallable(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
