import { explainBadNg } from "../../../src/wire/ng/explain.ts";
import { decodeNgMessage, encodeNgMessage } from "../../../src/wire/ng/message.ts";
import { parseNgRequest } from "../../../src/wire/ng/request.ts";

/** A datagram on the control port: explained or decoded, read as a request, and its reply encoded. */
export function fuzzNgMessage(bytes: Uint8Array): void {
  const explanation = explainBadNg(bytes);
  if (explanation !== undefined && !/^[\x20-\x7e]*$/.test(explanation))
    throw new Error("explanation is not safe to print");
  const { cookie, encoding, body } = decodeNgMessage(bytes);
  encodeNgMessage(cookie, encoding, body);
  parseNgRequest(body);
}
