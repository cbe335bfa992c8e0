import { decodeLatin1 } from "../../../src/wire/latin1.ts";
import { parseNgRequest } from "../../../src/wire/ng/request.ts";

/** A flag string, in every place that takes one, for several commands. */
export function fuzzFlagString(bytes: Uint8Array): void {
  const text = decodeLatin1(bytes, 0, bytes.length);
  for (const command of ["offer", "answer", "play media"]) {
    parseNgRequest({ command, "rtpp-flags": text, flags: text });
    parseNgRequest({ command, flags: text.split(" ") });
  }
}
