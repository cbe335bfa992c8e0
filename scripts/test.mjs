// npm test: all set-up, then everything that must hold; the last line is `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPackages, PACKAGES, projectNode, ROOT, setup } from "./setup.mjs";

setup();
installPackages(PACKAGES.tests, "real proxies, phones and the peer for the interoperation tests");

const bin = (name) => join(ROOT, "node_modules", ".bin", name);
const env = { ...process.env, PATH: `${join(projectNode(), "..")}:${process.env.PATH}:/usr/sbin:/sbin` };
let passed = 0;
let failed = 0;
const skipped = [];

function step(title, command, args) {
  process.stderr.write(`== ${title}\n`);
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: "inherit", env });
  if (status === 0) passed++;
  else failed++;
}

function vitest(projects, extra = []) {
  process.stderr.write(`== tests: ${projects.join(", ")}\n`);
  const folder = mkdtempSync(join(tmpdir(), "rtpengine-ts-"));
  const report = join(folder, "report.json");
  const args = [
    "run",
    ...projects.flatMap((name) => ["--project", name]),
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...extra,
  ];
  const { status } = spawnSync(bin("vitest"), args, { cwd: ROOT, stdio: "inherit", env });
  try {
    const result = JSON.parse(readFileSync(report, "utf8"));
    passed += result.numPassedTests;
    failed += result.numFailedTests;
    for (const file of result.testResults) {
      // A file that could not even be loaded has no failed test to count.
      if (file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"))
        failed++;
      for (const test of file.assertionResults) {
        if (test.status === "skipped" || test.status === "pending" || test.status === "todo")
          skipped.push(test.fullName);
      }
    }
  } catch {
    failed++;
  }
  if (status !== 0 && failed === 0) failed++;
  rmSync(folder, { recursive: true, force: true });
}

step("types", bin("tsc"), ["--noEmit"]);
step("lint", bin("biome"), ["check", "."]);
step("generated documents", projectNode(), [join(ROOT, "scripts", "docs.mjs"), "--check"]);
vitest(["unit", "vectors", "property", "fuzz"]);
// Real sockets and processes: one file at a time.
vitest(["netns", "interop"], ["--no-file-parallelism"]);
// A host that the role converges: namespaces, mounts and a system of its own.
if (process.getuid?.() === 0) {
  installPackages(PACKAGES.role, "a host for the role's tests");
  vitest(["role-fast"]);
} else skipped.push("role: a host is brought about, and the emitted role is linted (root only)");

if (skipped.length > 0) process.stdout.write(`Skipped:\n${skipped.map((name) => `  ${name}\n`).join("")}`);
process.stdout.write(
  `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}\n`,
);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
