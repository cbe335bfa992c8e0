import { createHash } from "node:crypto";
import { OPTIONS } from "../../config/options.ts";
import { iniSection, parseIni } from "../../wire/ini.ts";
import { readText, writeFile } from "../host/files.ts";
import { type Host, HostError } from "../host/host.ts";
import { startUnit } from "../resources/service.ts";

/** What the daemon was last told: the text of its file, and which start of the unit was told so. */
export const ACTIVATION_STATE = "/var/lib/rtpengine-role/active.json";

/** In this order: the recipe looks for the beginning of its text. */
interface State {
  readonly invocation: string;
  /** SHA-256 of the text. */
  readonly digest: string;
  readonly text: string;
}

export interface Activation {
  readonly unit: string;
  readonly configFile: string;
  /** `ADDRESS:PORT` of its command line port. */
  readonly cli: string;
  /** How long running calls get to end before a restart; 0: none. */
  readonly drainSeconds: number;
  /** Restart, whatever has changed. */
  readonly isForced: boolean;
}

/** Options that a running daemon can be told, with the value that stands for their absence. */
const LIVE: ReadonlyMap<string, { readonly name: string; readonly absent: string | undefined }> = new Map(
  OPTIONS.filter(({ liveName, type }) => liveName !== undefined && type === "integer").map((option) => [
    option.name,
    {
      name: option.liveName!,
      absent: option.default === undefined ? undefined : String(option.default),
    },
  ]),
);

/**
 * Makes a running daemon follow its file: without a restart, so without losing calls, where the options that have
 * changed allow it; else by a restart, after calls had the time to end that they are given.
 *
 * @returns what was done, in a few words
 * @throws HostError when the daemon does not start
 */
export async function activate(host: Host, activation: Activation): Promise<string> {
  const { unit, configFile, isForced } = activation;
  const text = (await readText(host, configFile)) ?? "";
  const state = await readState(host);
  const isKnown = state !== undefined && state.invocation === (await invocationOf(host, unit));
  const changes = isKnown && !isForced ? liveChanges(state.text, text) : undefined;
  let summary: string;
  if (changes !== undefined && (await setLive(host, activation, changes))) {
    const told = changes.map(({ key, value }) => `${key}=${value}`).join(", ");
    summary = told === "" ? "it follows its file already" : `told without a restart: ${told}`;
  } else {
    await drain(host, activation);
    await startUnit(host, "restart", unit);
    summary = `${unit} restarted`;
  }
  const digest = createHash("sha256").update(text).digest("hex");
  await saveState(host, { invocation: await invocationOf(host, unit), digest, text });
  return summary;
}

interface LiveChange {
  readonly key: string;
  /** As `rtpengine-ctl set` calls it. */
  readonly name: string;
  readonly value: string;
}

/** What has to be set so that a daemon started with one file does what the other says; undefined: it has to start anew. */
export function liveChanges(before: string, after: string): LiveChange[] | undefined {
  const [old, wanted] = [entriesOf(before), entriesOf(after)];
  if (old === undefined || wanted === undefined) return undefined;
  const changes: LiveChange[] = [];
  for (const key of new Set([...old.keys(), ...wanted.keys()])) {
    if (old.get(key) === wanted.get(key)) continue;
    const live = LIVE.get(key);
    const value = wanted.get(key) ?? live?.absent;
    if (live === undefined || value === undefined || !/^-?[0-9]+$/.test(value)) return undefined;
    changes.push({ key, name: live.name, value });
  }
  return changes;
}

/** Keys and values of all sections: templates and interfaces count, too. */
function entriesOf(text: string): Map<string, string> | undefined {
  const file = parseIni(text);
  if (iniSection(file, "rtpengine") === undefined || file.problems.length > 0) return undefined;
  return new Map(
    file.sections.flatMap(({ name, entries }) =>
      entries.map(({ key, value }): [string, string] => [
        name === "rtpengine" ? key : `[${name}] ${key}`,
        value,
      ]),
    ),
  );
}

/** @returns false when the daemon does not take one */
async function setLive(host: Host, { cli }: Activation, changes: readonly LiveChange[]): Promise<boolean> {
  for (const { name, value } of changes) {
    const { code, stdout } = await host.run(["rtpengine-ctl", "-ip", cli, "set", name, value]);
    if (code !== 0 || !/success/i.test(stdout)) return false;
  }
  return true;
}

/** Only this project's engine can; calls that are left after that time are cut, which is what a restart does. */
async function drain(host: Host, { unit, cli, drainSeconds }: Activation): Promise<void> {
  if (drainSeconds === 0) return;
  if ((await host.run(["systemctl", "is-active", "--quiet", unit])).code !== 0) return;
  await host.run(["rtpengine-ctl", "-ip", cli, "drain", "--timeout", String(drainSeconds)], {
    timeoutMs: (drainSeconds + 60) * 1000,
  });
}

async function invocationOf(host: Host, unit: string): Promise<string> {
  const { stdout } = await host.run(["systemctl", "show", "-p", "InvocationID", "--value", unit]);
  return stdout.trim();
}

async function readState(host: Host): Promise<State | undefined> {
  const text = await readText(host, ACTIVATION_STATE);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as State;
  } catch {
    // Cut short by a full disk, say: as good as none.
    return undefined;
  }
}

/** Its text is the configuration's, secrets and all: root's alone. */
async function saveState(host: Host, state: State): Promise<void> {
  const { code, stderr } = await host.run(["install", "-d", "-m", "0700", "/var/lib/rtpengine-role"]);
  if (code !== 0) throw new HostError(`/var/lib/rtpengine-role cannot be made: ${stderr.trim()}`);
  await writeFile(host, ACTIVATION_STATE, JSON.stringify(state), {
    owner: "root",
    group: "root",
    mode: "0600",
  });
}
