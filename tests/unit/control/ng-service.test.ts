import { describe, expect, it } from "vitest";
import type { Micros } from "../../../src/base/brand.ts";
import type { Dispatcher } from "../../../src/control/dispatch.ts";
import { NgService } from "../../../src/control/ng/service.ts";
import { Statistics } from "../../../src/observe/statistics.ts";
import { decodeLatin1, encodeLatin1 } from "../../../src/wire/latin1.ts";

const REQUEST = encodeLatin1('cookie {"command":"offer"}');

describe("a reply that is too long to be sent", () => {
  it("becomes an error, and a repeat gets the same without a second execution", () => {
    let executions = 0;
    const dispatch: Dispatcher["dispatch"] = () => {
      executions++;
      return { result: "ok", sdp: "x".repeat(1000) };
    };
    const service = new NgService({
      dispatcher: { dispatch } as unknown as Dispatcher,
      statistics: new Statistics(),
      clock: { now: () => 0 as Micros, unixMicros: (at) => at },
      latin1: decodeLatin1,
    });
    const answer = (limitBytes?: number) => service.answer(REQUEST, "127.0.0.1:1", "127.0.0.1", limitBytes);
    const refused =
      'cookie {"result":"error","error-reason":"The reply is too long for a datagram; use NG over TCP"}';
    expect(answer(500)).toBe(refused);
    expect(answer(500)).toBe(refused);
    expect(executions).toBe(1);
  });
});
