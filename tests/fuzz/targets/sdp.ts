import { decodeLatin1 } from "../../../src/wire/latin1.ts";
import * as attributes from "../../../src/wire/sdp/attributes.ts";
import { parseSdp } from "../../../src/wire/sdp/parse.ts";
import { writeSdp } from "../../../src/wire/sdp/write.ts";

const PARSERS = Object.entries(attributes).filter(([name]) => name.startsWith("parse")) as [
  string,
  (value: string) => unknown,
][];
const WRITERS = attributes as unknown as Record<string, ((value: unknown) => string) | undefined>;

/** What parses is written stably; every attribute goes through every parser, and what they read can be written. */
export function fuzzSdp(bytes: Uint8Array): void {
  const description = parseSdp(decodeLatin1(bytes, 0, bytes.length));
  const written = writeSdp(description);
  if (writeSdp(parseSdp(written)) !== written) throw new Error("not stable");
  for (const section of [description, ...description.media]) {
    attributes.directionOf(section.attributes);
    if (section.connection !== undefined) attributes.isZeroConnection(section.connection);
    for (const { value } of section.attributes) if (value !== undefined) fuzzAttribute(value);
  }
}

function fuzzAttribute(value: string): void {
  for (const [name, parse] of PARSERS) {
    const parsed = parse(value);
    const write = WRITERS[name.replace("parse", "write")];
    if (parsed === undefined || write === undefined) continue;
    const written = write(parsed);
    const again = parse(written);
    if (again === undefined || write(again) !== written) throw new Error(`${name} is not stable`);
  }
}
