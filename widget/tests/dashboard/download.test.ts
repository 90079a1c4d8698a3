import { expect, it } from "vitest";

import { fileOf } from "../../src/dashboard/settings/parts/download";

async function start(file: Blob): Promise<number[]> {
  return [...new Uint8Array(await file.arrayBuffer())].slice(0, 4);
}

it("gives a spreadsheet its byte order mark, which reading the answer as text has dropped", async () => {
  const file = fileOf("text/csv", "Nguyễn");
  expect(await start(file)).toEqual([0xef, 0xbb, 0xbf, 0x4e]);
  expect(file.type).toBe("text/csv;charset=utf-8");
});

it("gives a plain text none", async () => {
  expect(await start(fileOf("text/plain", "Nguyễn"))).toEqual([0x4e, 0x67, 0x75, 0x79]);
});
