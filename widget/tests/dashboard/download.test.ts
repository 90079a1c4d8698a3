import { expect, it } from "vitest";

import { fileOf } from "../../src/dashboard/settings/parts/download";

async function start(file: Blob): Promise<number[]> {
  return [...new Uint8Array(await file.arrayBuffer())].slice(0, 4);
}

it("adds the byte order mark to CSV, which `response.text()` has dropped", async () => {
  const file = fileOf("text/csv", "Nguyễn");
  expect(await start(file)).toEqual([0xef, 0xbb, 0xbf, 0x4e]);
  expect(file.type).toBe("text/csv;charset=utf-8");
});

it("adds none to plain text", async () => {
  expect(await start(fileOf("text/plain", "Nguyễn"))).toEqual([0x4e, 0x67, 0x75, 0x79]);
});
