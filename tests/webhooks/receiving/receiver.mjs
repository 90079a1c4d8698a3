// `node receiver.mjs VERIFIED.mjs` answers 204 to what `verified` accepts, and 401; VERIFIED.mjs is any file.

import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const { verified } = await import(pathToFileURL(process.argv[2]).href);

const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const accepted = verified(process.env.WEBHOOK_SECRET, request.headers, Buffer.concat(parts));
  response.writeHead(accepted ? 204 : 401).end();
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
