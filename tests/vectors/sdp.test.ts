import { expect, test } from "vitest";
import { parseSdp } from "../../src/wire/sdp/parse.ts";
import { writeAttribute, writeSdp } from "../../src/wire/sdp/write.ts";
import { SDP_VECTORS } from "./sdp.ts";

test.each(SDP_VECTORS)("$source is read, and written as it was", (vector) => {
  const text = vector.text.replaceAll("\n", "\r\n");
  const description = parseSdp(text);
  expect(description.sessionName).toBe(vector.sessionName);
  expect(description.media.map((m) => [m.type, m.port, m.protocol, m.formats.join(" ")])).toEqual(
    vector.media,
  );
  expect(description.media.flatMap((m) => m.attributes).map(writeAttribute)).toEqual(vector.attributes);
  expect(writeSdp(description)).toBe(text);
});
