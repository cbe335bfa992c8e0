import { describe, expect, it } from "vitest";
import { COUNTED_COMMANDS } from "../../../src/observe/commands.ts";
import { FIGURES } from "../../../src/observe/figures.ts";
import {
  type FigureValue,
  figuresAsJson,
  figuresAsNg,
  figuresAsText,
} from "../../../src/observe/show-figures.ts";
import { interfaceReading, TestCli } from "../../support/cli.ts";

type Dictionary = { [key: string]: FigureValue };

function busyCli(): TestCli {
  const cli = new TestCli();
  cli.call();
  cli.engine.dataplane.interfaceReadings = [interfaceReading()];
  cli.engine.dataplane.totalsReading = {
    packets: 100,
    bytes: 17_000,
    errors: 3,
    drops: [1, 0, 2],
    kernel: { packets: 60, bytes: 10_000, errors: 1 },
  };
  cli.statistics.request("192.0.2.9", "offer", 0.25, false);
  cli.statistics.request("192.0.2.9", "offer", 0.25, true);
  cli.statistics.ended("timeout", 2);
  cli.statistics.ended("delete", 4);
  cli.statistics.sampled("default/203.0.113.1", { mos: 4, lossPercent: 2, jitterMs: 5 });
  return cli;
}

/** Every path to a value. */
function paths(value: FigureValue, path = ""): string[] {
  if (typeof value !== "object") return [path];
  return Object.entries(value).flatMap(([key, inner]) => paths(inner as FigureValue, `${path}/${key}`));
}

describe("list jsonstats", () => {
  const json = figuresAsJson(FIGURES, busyCli().snapshot());

  it("has the sections of upstream, in its order, before ours", () => {
    expect(Object.keys(json)).toEqual([
      "currentstatistics",
      "totalstatistics",
      "intervalstatistics",
      "mos",
      "voip_metrics",
      "controlstatistics",
      "interfaces",
      "transcoders",
      "poller_threads",
      "worststreams",
      "fastpath",
      "furtherstatistics",
    ]);
  });

  it("counts sessions, durations and reasons", () => {
    expect(json.currentstatistics).toMatchObject({ sessionsown: 1, sessionstotal: 1 });
    expect(json.totalstatistics).toMatchObject({
      uptime: 100,
      managedsessions: 2,
      timeoutsessions: 1,
      regularterminatedsessions: 1,
      forcedterminatedsessions: 0,
      avgcallduration: 3,
      totalcallsduration: 6,
      totalcallsduration2: 20,
      totalcallsduration_stddev: 1,
    });
  });

  it("divides the data plane's totals by tier", () => {
    expect(json.totalstatistics).toMatchObject({
      relayedpackets_user: 40,
      relayedpackets_kernel: 60,
      relayedpackets: 100,
      relayedbytes: 17_000,
      relayedpacketerrors_user: 2,
    });
    expect(json.furtherstatistics).toMatchObject({ dropped_short: 1, "dropped_bad-rtp": 2 });
  });

  it("counts requests by proxy and command", () => {
    const control = json.controlstatistics as Dictionary;
    expect(control.proxies).toMatchObject([
      { proxy: "192.0.2.9", offercount: 2, offerduration: 0.5, errorcount: 1, pingcount: 0 },
    ]);
    expect(control.totaloffercount).toBe(2);
    for (const [, short] of COUNTED_COMMANDS) {
      expect(control).toHaveProperty(`total${short.toLowerCase()}count`);
    }
  });

  it("has ports, traffic and quality of every interface", () => {
    expect(json.interfaces).toMatchObject([
      {
        name: "default",
        address: "203.0.113.1",
        ports: { min: 30000, max: 39999, used: 4, used_pct: 0.04, free: 9996, totals: 10_000 },
        packets_lost: 31,
        ingress: { packets: 11, bytes: 12, errors: 13 },
        voip_metrics: { mos_total: 4, mos_samples_total: 1, packetloss_average: 2 },
      },
    ]);
    expect(json.mos).toMatchObject({ mos_average: 4, mos_samples_total: 1, mos_stddev: 0 });
  });
});

describe("NG statistics", () => {
  it("is list jsonstats with decimals as strings: bencode has none", () => {
    const snapshot = busyCli().snapshot();
    const json = figuresAsJson(FIGURES, snapshot);
    const ng = figuresAsNg(FIGURES, snapshot);
    expect(paths(ng)).toEqual(paths(json));
    expect(ng.totalstatistics).toMatchObject({ managedsessions: 2, avgcallduration: "3.000000" });
    const numbers = JSON.stringify(ng, (_key, value) => (typeof value === "string" ? undefined : value));
    expect(numbers).not.toMatch(/\d\.\d/);
  });
});

describe("list totals", () => {
  const text = figuresAsText(FIGURES, busyCli().snapshot());

  it("begins as upstream's", () => {
    expect(text.split("\n").slice(0, 7)).toEqual([
      "",
      "Statistics over currently running sessions:",
      "",
      " Owned sessions                                  :1",
      " Foreign sessions                                :0",
      " Total sessions                                  :1",
      " Transcoded media                                :0",
    ]);
  });

  it.each([
    " Uptime of rtpengine                             :100 seconds",
    " Total managed sessions                          :2",
    " Total timed-out sessions via TIMEOUT            :1",
    " Total relayed packet errors (userspace)         :2",
    " Average call duration                           :3.000000 seconds",
    " Total calls duration squared                    :20.000000 seconds squared",
    "Total statistics (does not include current running sessions):",
    "MOS statistics:",
    " Sum of all MOS values sampled                   :4.000000",
    " jitter (measured) standard deviation            :0.000000",
    " Packets lost                                    :31",
    " Min/Max/Avg offer processing delay              :0.000000/0.000000/0.000000 sec",
    " Min/Max/Avg subscribe request requests per second:0/0/0 per sec",
    "VoIP metrics for interface default/203.0.113.1:",
    " Dropped packets: bad-rtp                        :2",
  ])("has the line %j", (line) => expect(text.split("\n")).toContain(line));

  it("has a row for every proxy under a row of commands", () => {
    const rows = text.split("\n").filter((line) => line.includes(" | "));
    expect(rows[0]).toMatch(/^ {16}Proxy \| {7}Ping \| {6}Offer \| {5}Answer \|/);
    expect(rows[1]).toMatch(/^ {12}192\.0\.2\.9 \| {10}0 \| {10}2 \| {10}0 \|/);
  });
});
