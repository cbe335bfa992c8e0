import { describe, expect, it } from "vitest";
import { Dispatcher } from "../../../src/control/dispatch.ts";
import { fateOf, TYPICAL_WORDS } from "../../../src/wire/ng/typical.ts";
import { TestCli } from "../../support/cli.ts";
import { audioSdp } from "../../support/engine.ts";

const RECEIVED = { "received-from": ["IP4", "198.51.100.1"] };

/** Offers plain RTP with one word in the flag string. */
function offerWith(word: string): {
  result: unknown;
  ignored: readonly string[];
  warnings: number;
  unknown: number;
} {
  const cli = new TestCli();
  const { statistics } = cli;
  const dispatcher = new Dispatcher({
    context: { engine: cli.engine.engine, unixMicros: (at) => at, statistics: () => ({}), cli: () => "" },
    request: {},
    statistics,
    log: cli.context.log,
    nowSeconds: () => 0,
  });
  const sdp = audioSdp("198.51.100.1", 4000);
  const request = { command: "offer", "call-id": "a", "from-tag": "A", sdp, "rtpp-flags": word, ...RECEIVED };
  const { result } = dispatcher.dispatch(request, "192.0.2.9:5060", "192.0.2.9");
  return {
    result,
    ignored: [...statistics.ignoredKeys.keys()],
    warnings: cli.logged.filter((line) => line.includes("[request-ignored]")).length,
    unknown: statistics.unknownKeys,
  };
}

describe("the words that proxies usually send", () => {
  it.each(TYPICAL_WORDS.map((word) => [word.text, word] as const))("%s: what the page says", (text, word) => {
    const { result, ignored, warnings, unknown } = offerWith(text);
    expect(unknown).toBe(0);
    const fate = fateOf(word);
    expect(result).toBe(fate === "refused" ? "error" : "ok");
    expect(warnings).toBe(fate === "left-out" ? 1 : 0);
    if (fate === "works") expect(ignored).toEqual([]);
    if (fate === "left-out" || fate === "harmless") expect(ignored).toContain(word.entry.name);
  });
});
