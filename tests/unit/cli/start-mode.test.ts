import { describe, expect, it } from "vitest";
import { startMode } from "../../../src/cli/start-mode.ts";

const mode = (line: string) => startMode(line.split(" ").filter(Boolean));

describe("npm start", () => {
  it.each([
    "",
    "--seconds 5",
    "--seconds=5 --listen-ng=127.0.0.1:3000",
    "--listen-cli 127.0.0.1:3000 --port-min 40000 --port-max=40999",
  ])("runs the demonstration with %j", (line) => expect(mode(line)).toBe("demo"));

  it.each([
    "--interface=192.0.2.10 --listen-ng=127.0.0.1:2223",
    "--config-file /etc/rtpengine/rtpengine.conf",
    "--config-test",
    "--help",
    "-i 192.0.2.10 -n2223",
    "-fE --interface 192.0.2.10",
    "-fp /run/x.pid",
    "--no-log-stderr",
    "--lissten-tcp=1",
  ])("runs the engine alone with %j", (line) => expect(mode(line)).toBe("engine"));

  it.each([
    ["2", "npm start -- --seconds 2"],
    ["--foreground 2", '"2" belongs to no option'],
    ["--sec 2", "did you mean --seconds?"],
    ["--second=2", "did you mean --seconds?"],
    ["-seconds 2", "did you mean --seconds?"],
    ["--Seconds=2", "did you mean --seconds?"],
    ["--listen-ngg=1", "did you mean --listen-ng?"],
    ["--interface=127.0.0.1 --seconds 5", "one or the other"],
  ])("takes %j for a mistake, and runs nothing", (line, text) => {
    expect(mode(line)).toMatchObject({ reason: expect.stringContaining(text) });
  });
});
