/** Offers text as a file download. */

const REVOKE_DELAY = 60_000; // ms: long enough for any browser to start the download

const BOM = "\ufeff"; // Excel needs it to detect UTF-8; `response.text()` drops it

export function fileOf(type: string, text: string): Blob {
  return new Blob([type === "text/csv" ? BOM + text : text], { type: `${type};charset=utf-8` });
}

export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(fileOf(type, text));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_DELAY);
}
