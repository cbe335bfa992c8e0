// Speaks the part of Vault's API that reading a key-value store (version 2) takes: node fake-vault.mjs ADDRESS PORT.
// Token "t0ken" reads secret/rtpengine = {"password": "s3cr3t-w0rd", "two": "a\nb"}.
import { createServer } from "node:http";

const [address, port] = process.argv.slice(2);
const SECRETS = { "/v1/secret/data/rtpengine": { password: "s3cr3t-w0rd", two: "a\nb" } };

const server = createServer((request, response) => {
  const answer = (status, body) =>
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  if (request.headers["x-vault-token"] !== "t0ken") return answer(403, { errors: ["permission denied"] });
  const data = SECRETS[request.url];
  if (request.method !== "GET" || data === undefined) return answer(404, { errors: [] });
  answer(200, {
    request_id: "1",
    data: { data, metadata: { version: 1, destroyed: false } },
  });
});
server.listen(Number(port), address, () => process.stdout.write(`serving ${server.address().port}\n`));
