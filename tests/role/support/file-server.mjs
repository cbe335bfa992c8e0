// Serves folders over HTTP: node file-server.mjs ADDRESS PORT MOUNTS.json, where the file has {"/path": "/folder" | null}.
// The file is read again for every request; a path that is null answers 503, as a mirror that is down does.
import { createReadStream, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, normalize } from "node:path";

const [address, port, mountsFile] = process.argv.slice(2);

/** @returns a file's path, `null` where the server is down, `undefined` where there is nothing */
function locate(url) {
  const path = normalize(decodeURIComponent(new URL(url, "http://host").pathname));
  for (const [prefix, folder] of Object.entries(JSON.parse(readFileSync(mountsFile, "utf8")))) {
    if (path.startsWith(`${prefix}/`))
      return folder === null ? null : join(folder, path.slice(prefix.length));
  }
}

const server = createServer((request, response) => {
  const end = (status, text) => response.writeHead(status).end(`${text}\n`);
  try {
    const file = locate(request.url);
    if (file === null) return end(503, "down");
    const status = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
    if (!status?.isFile()) return end(404, "not here");
    response.writeHead(200, {
      "Content-Length": status.size,
      "Content-Type": "application/octet-stream",
      "Last-Modified": status.mtime.toUTCString(),
    });
    if (request.method === "HEAD") return response.end();
    createReadStream(file)
      .on("error", () => response.destroy())
      .pipe(response);
  } catch (error) {
    end(500, error.message);
  }
});
server.listen(Number(port), address, () => process.stdout.write("serving\n"));
