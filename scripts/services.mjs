// Keeps services that come with installed packages from running: those are tools of tests here. Plain JavaScript.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const POLICY = "/usr/sbin/policy-rc.d";
const MARK = "# rtpengine-ts: set-up in progress";

/**
 * Runs something that installs packages: no service of theirs is started, and none is left enabled that was not before.
 *
 * @param {() => void} install
 */
export function withoutServices(install) {
  const before = enabledServices();
  const isOurs = !existsSync(POLICY) || readFileSync(POLICY, "utf8").includes(MARK);
  // Says no only as long as this process lives: whatever becomes of it, the host's services start again.
  const policy = `#!/bin/sh\n${MARK}\n[ -d /proc/${process.pid} ] && exit 101\nexit 0\n`;
  if (isOurs) writeFileSync(POLICY, policy, { mode: 0o755 });
  try {
    install();
  } finally {
    if (isOurs) rmSync(POLICY, { force: true });
    for (const name of enabledServices()) if (!before.has(name)) disable(name);
  }
}

/**
 * Names of the services that start with the host.
 *
 * @param {string} [root]
 * @returns {Set<string>}
 */
export function enabledServices(root = "/") {
  const names = new Set();
  const units = join(root, "etc/systemd/system");
  for (const folder of list(units).filter((name) => name.endsWith(".wants"))) {
    for (const unit of list(join(units, folder))) if (unit.endsWith(".service")) names.add(unit.slice(0, -8));
  }
  for (const level of ["rc2.d", "rc3.d", "rc4.d", "rc5.d"]) {
    for (const link of list(join(root, "etc", level))) {
      const [, name] = /^S\d\d(.+)$/.exec(link) ?? [];
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Where systemd does not run, the links alone are taken away. */
function disable(name) {
  const run = (program, ...args) => spawnSync(program, args, { stdio: "ignore" }).status === 0;
  const now = existsSync("/run/systemd/system") ? ["--now"] : [];
  if (!run("systemctl", "disable", ...now, `${name}.service`)) {
    const units = "/etc/systemd/system";
    for (const folder of list(units)) rmSync(join(units, folder, `${name}.service`), { force: true });
  }
  if (existsSync(`/etc/init.d/${name}`)) run("update-rc.d", name, "disable");
}
