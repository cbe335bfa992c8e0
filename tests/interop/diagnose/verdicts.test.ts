import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { Child, run } from "../../support/processes/child.ts";
import { unprivileged } from "../../support/processes/unprivileged.ts";
import { freePort, IS_ROOT } from "../support/engine.ts";

const PROGRAM = fileURLToPath(new URL("../../../bin/rtpengine", import.meta.url));
const START_MS = 30_000;

const folder = mkdtempSync(join(tmpdir(), "verdicts-"));
chmodSync(folder, 0o755);
mkdirSync(join(folder, "closed"), { mode: 0o555 });
const children: Child[] = [];

afterAll(async () => {
  for (const child of children) await child.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** `plain`: without privileges, whoever runs the tests. */
type User = "whoever" | "plain" | "root";

const inFront = (user: User): string[] => (user === "plain" && IS_ROOT ? unprivileged(PROGRAM) : []);

function command(user: User, args: readonly string[]): [string, string[]] {
  const [program, ...rest] = [...inFront(user), PROGRAM, ...args] as [string, ...string[]];
  return [program, rest];
}

/** Whether the daemon starts; then it is ended. */
async function starts(user: User, args: readonly string[]): Promise<{ starts: boolean; output: string }> {
  const child = new Child(...command(user, args));
  children.push(child);
  try {
    await child.says(/Startup complete/, START_MS);
  } catch {
    return { starts: false, output: child.output };
  }
  expect(await child.stop()).toBe(0);
  return { starts: true, output: child.output };
}

function file(text: string): string {
  const path = join(folder, `${Math.random()}.conf`);
  writeFileSync(path, text);
  return path;
}

const port = await freePort();
const other = await freePort();
const NONE = "--config-file=none";
const MEDIA = ["-i", "127.0.0.1"];
const NG = ["-n", `127.0.0.1:${port}`];
const GOOD = [NONE, ...MEDIA, ...NG];

/** Title, arguments, what both say, who runs it, a word of the reason that both give. */
const CASES: readonly (readonly [string, readonly string[], "starts" | "refused", User?, RegExp?])[] = [
  ["a sound configuration", GOOD, "starts"],
  ["NG over TCP alone", [NONE, ...MEDIA, "-N", `127.0.0.1:${port}`], "starts"],
  ["no address for media", [NONE, ...NG], "refused", "whoever", /--interface/],
  ["no control port", [NONE, ...MEDIA], "refused", "whoever", /--listen-ng/],
  [
    "neither command line nor HTTP is a control port",
    [NONE, ...MEDIA, "-c", `127.0.0.1:${port}`, `--listen-http=127.0.0.1:${other}`],
    "refused",
    "whoever",
    /--listen-tcp-ng/,
  ],
  [
    "a media address that the host lacks",
    [NONE, "-i", "192.0.2.99", ...NG],
    "starts",
    "whoever",
    /192\.0\.2\.99/,
  ],
  ["a listener's address that the host lacks", [...GOOD, "-c", `192.0.2.99:${other}`], "refused"],
  [
    "a process file in no folder",
    [...GOOD, "-p", "/no/such/folder/pid"],
    "refused",
    "whoever",
    /does not exist/,
  ],
  ["a process file that is a folder", [...GOOD, "-p", folder], "refused", "whoever", /is a folder/],
  ["a process file", [...GOOD, "-p", join(folder, "pid")], "starts", "whoever"],
  [
    "a process file where the user may not write",
    [...GOOD, "-p", join(folder, "closed/pid")],
    "refused",
    "plain",
  ],
  [
    "a low port without the privilege",
    [...GOOD, "-c", "127.0.0.1:99"],
    "refused",
    "plain",
    /CAP_NET_BIND_SERVICE/,
  ],
  ["a low UDP port without the privilege", [...GOOD, "-n", "127.0.0.1:99"], "refused", "plain", /1024/],
  ["a low port with the privilege", [...GOOD, "-c", "127.0.0.1:99"], "starts", "root"],
  ["low media ports without the privilege", [...GOOD, "-m", "1000"], "starts", "plain"],
  ["steering without the privilege", [...GOOD, "--backend=steered"], "refused", "plain", /CAP_NET_ADMIN/],
  ["steering with the privilege", [...GOOD, "--backend=steered"], "starts", "root"],
  ["one port for two listeners", [...GOOD, "-c", `${other}`, `--listen-http=127.0.0.1:${other}`], "refused"],
  ["a range without room for a call", [...GOOD, "-m", "30000", "-M", "30001"], "starts"],
  ["an empty range", [...GOOD, "-m", "30002", "-M", "30000"], "refused"],
  ["an advertised address of the other IP version", [NONE, "-i", "127.0.0.1!2001:db8::1", ...NG], "starts"],
  ["real-time priority out of range", [...GOOD, "--scheduling=rr", "--priority=0"], "starts"],
  [
    "what is not built yet",
    [...GOOD, "--redis=127.0.0.1:1/0", "--homer=127.0.0.1:9"],
    "starts",
    "whoever",
    /homer/,
  ],
  ["an unknown option", [...GOOD, "--lissten-ng=1"], "refused", "whoever", /did you mean/],
  ["a value that is none", [...GOOD, "--timeout=soon"], "refused", "whoever", /"soon"/],
  ["no such file", [...MEDIA, ...NG, "--config-file=/no/such.conf"], "refused", "whoever", /does not exist/],
  [
    "an unknown key in a file",
    [`--config-file=${file(`[rtpengine]\ninterface=127.0.0.1\nlisten-ng=127.0.0.1:${port}\ntimout=5\n`)}`],
    "starts",
    "whoever",
    /did you mean "timeout"/,
  ],
  [
    "a file without a control port",
    [`--config-file=${file("[rtpengine]\ninterface=127.0.0.1\nlisten-udp=22222\n")}`],
    "refused",
    "whoever",
    /listen-udp takes no NG/,
  ],
  [
    "a section of templates that is missing",
    [`--config-file=${file("[rtpengine]\ninterface=127.0.0.1\nlisten-ng=1\ntemplates=t\n")}`],
    "refused",
  ],
];

describe("--config-test and the start say the same of", () => {
  const cases = CASES.map(([title, args, expected, user = "whoever", reason]) => {
    return { title, args, expected, user, reason };
  });

  it.each(cases.filter(({ user }) => user !== "root" || IS_ROOT))("$title", async (one) => {
    const { args, expected, user, reason } = one;
    const tested = await run(...command(user, [...args, "--config-test"]), { withinMs: START_MS });
    const started = await starts(user, args);
    expect(started.starts ? "starts" : "refused", started.output).toBe(expected);
    expect(tested.status === 0 ? "starts" : "refused", tested.output).toBe(expected);
    expect(tested.output).toContain(expected === "starts" ? "can start" : "would not start");
    expect(started.output).not.toMatch(/^ {4}at /m);
    if (!reason) return;
    expect(started.output).toMatch(reason);
    expect(tested.output).toMatch(reason);
  });

  it("a port that somebody else has", async () => {
    const taker = createSocket("udp4").bind(port, "127.0.0.1");
    await once(taker, "listening");
    expect((await run(PROGRAM, [...GOOD, "--config-test"])).status).toBe(1);
    expect((await starts("whoever", GOOD)).output).toMatch(/taken by node, process \d+/);
    taker.close();
  });

  it.skipIf(!IS_ROOT)("media ports that another engine has", async () => {
    const first = new Child(PROGRAM, GOOD);
    children.push(first);
    await first.says(/Startup complete/, START_MS);
    const second = [NONE, ...MEDIA, "-n", `127.0.0.1:${other}`];
    const tested = await run(PROGRAM, [...second, "--config-test"]);
    const started = await starts("whoever", second);
    expect([tested.status, started.starts]).toEqual([1, false]);
    for (const { output } of [tested, started]) expect(output).toMatch(/nother engine \(process \d+\)/);
    const moved = [...second, "-m", "40000", "-M", "41000"];
    expect((await run(PROGRAM, [...moved, "--config-test"])).status).toBe(0);
    expect((await starts("whoever", moved)).starts).toBe(true);
    await first.stop();
  });
});
