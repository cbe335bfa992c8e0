import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { LocalHost } from "../../src/role/host/local.ts";
import type { Workplace } from "../../src/role/resources/kind.ts";

/** This machine as it is for whoever runs the tests; for files in a folder of theirs. */
export const HERE: Workplace = { host: new LocalHost(true), context: {}, templateText: () => "" };

/** Whoever runs the tests: the only one whom they can give files to. */
export const ME: { readonly owner: string; readonly group: string } = {
  owner: userInfo().username,
  group: execFileSync("id", ["-gn"], { encoding: "utf8" }).trim(),
};

/** A folder that goes with the test; to be called with `onTestFinished`. */
export function temporaryFolder(onFinished: (clean: () => void) => void): string {
  const folder = mkdtempSync(join(tmpdir(), "role-"));
  onFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
