// Everything a checkout needs before it runs. Plain JavaScript, so that any Node from 18 on can start it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { arch, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withoutServices } from "./services.mjs";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, "node_modules");
const STAMP = join(MODULES, ".setup-stamp");

/** Debian packages by what they are for. */
export const PACKAGES = {
  steering: ["clang", "libbpf1", "libbpf-dev", "linux-libc-dev"],
  packaging: ["clang", "dpkg", "libbpf-dev", "linux-libc-dev", "llvm", "tar"],
  bench: ["ethtool", "iproute2", "rtpengine-daemon", "util-linux"],
  tests: [
    "iproute2",
    "kamailio",
    "kamailio-extra-modules",
    "libjson-perl",
    "libsrtp2-1",
    "rtpengine-daemon",
    "rtpengine-utils",
    "sip-tester",
    "systemd",
    "tcpdump",
  ],
  role: [
    "ansible-core",
    "ansible-lint",
    "apt-utils",
    "dpkg-dev",
    "gnupg",
    "iproute2",
    "mmdebstrap",
    "openssh-client",
    "systemd-container",
    "tcpdump",
    "util-linux",
    "yamllint",
  ],
  vm: [
    "arch-test",
    "cpio",
    "e2fsprogs",
    "kmod",
    "qemu-system-arm",
    "qemu-system-x86",
    "qemu-user-static",
    "qemu-utils",
  ],
};

const say = (text) => process.stderr.write(`${text}\n`);

/** The Node that came with the packages. */
export function projectNode() {
  return join(MODULES, `node-linux-${arch() === "arm64" ? "arm64" : "x64"}`, "bin", "node");
}

/**
 * Installs the npm packages if they are not what the lock file says.
 *
 * Without their install scripts: what is needed comes prebuilt, and nothing else is to run.
 */
export function installModules() {
  const lock = createHash("sha256")
    .update(readFileSync(join(ROOT, "package-lock.json")))
    .digest("hex");
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === lock && existsSync(projectNode())) return;
  // `npm ci` follows a link and deletes what is there first: another checkout would lose its packages.
  if (lstatSync(MODULES, { throwIfNoEntry: false })?.isSymbolicLink()) {
    fail(
      `${MODULES} is a link, and what it leads to is not what package-lock.json says: remove the link first.`,
    );
  }
  say("Installing npm packages (once; the project brings its own Node) ...");
  if (isOldNode()) {
    // npm leaves out optional packages that the Node it runs on is too old for, though they are not for it.
    npmCi(process.execPath, ["--omit=dev"]);
    const folder = mkdtempSync(join(tmpdir(), "rtpengine-ts-"));
    const node = join(folder, "node");
    copyFileSync(checkedProjectNode(), node);
    npmCi(node, []);
    rmSync(folder, { recursive: true });
  } else {
    npmCi(process.execPath, []);
  }
  checkedProjectNode();
  writeFileSync(STAMP, lock);
}

/** Older than what the tools of development say they want. */
function isOldNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12);
}

function npmCi(node, extra) {
  const npm =
    process.env.npm_execpath ?? realpathSync(findProgram("npm") ?? fail("npm is missing: install it first."));
  const args = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", ...extra];
  // Debian's npm finds its own parts only where Debian's Node looks for them.
  const debian = "/usr/share/nodejs";
  const env = {
    ...process.env,
    NODE_OPTIONS: "--no-deprecation",
    ...(existsSync(debian) && { NODE_PATH: debian }),
  };
  const result = spawnSync(node, args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"], env });
  if (result.status !== 0) fail("`npm ci` failed; its message is above.");
}

function checkedProjectNode() {
  const node = projectNode();
  if (spawnSync(node, ["--version"]).status === 0) return node;
  return fail(
    `The project's Node does not run here (${arch()}). Supported: Linux with glibc on x86-64 and arm64.`,
  );
}

function fail(text) {
  say(text);
  process.exit(1);
}

const isRoot = () => process.getuid?.() === 0;
const has = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
export const findProgram = (name) =>
  (process.env.PATH ?? "")
    .split(":")
    .concat("/usr/sbin", "/sbin")
    .map((dir) => join(dir, name))
    .find(has);

/**
 * Installs Debian packages where that is possible; services of theirs neither start nor stay enabled.
 *
 * @returns the ones that are still missing
 */
export function installPackages(packages, purpose) {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return [];
  const command = `apt-get install --no-install-recommends ${missing.join(" ")}`;
  if (!isRoot() || !findProgram("apt-get")) {
    say(`Not installed: ${missing.join(" ")} (${purpose}). As root: ${command}`);
    return missing;
  }
  say(`Installing Debian packages (${purpose}): ${missing.join(" ")} ...`);
  withoutServices(() => {
    const apt = (errors, ...args) =>
      spawnSync("apt-get", ["-qq", "-o", "DPkg::Lock::Timeout=120", ...args], {
        stdio: ["ignore", "ignore", errors],
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      }).status;
    const install = (errors) => apt(errors, "install", "-y", "--no-install-recommends", ...missing);
    // The first try may fail for old package lists alone: only the second one's complaints are worth reading.
    if (install("ignore") !== 0) {
      apt("inherit", "update");
      install("inherit");
    }
  });
  const still = missing.filter((name) => !isInstalled(name));
  if (still.length > 0) say(`Could not be installed: ${still.join(" ")}. Try: ${command}`);
  return still;
}

function isInstalled(name) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
  const result = spawnSync("dpkg-query", ["-W", "-f=${Status}", name], { encoding: "utf8" });
  return result.status === 0 && result.stdout.includes("install ok installed");
}

/** Compiles the eBPF programs where that is possible; without them the engine runs on plain sockets. */
export function buildBpf() {
  const result = spawnSync(process.execPath, [join(ROOT, "scripts", "build-bpf.mjs")], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return result.status === 0;
}

/** npm packages, then what the steered backend needs. */
export function setup() {
  installModules();
  installPackages(PACKAGES.steering, "the steered backend; without them media goes through plain sockets");
  buildBpf();
}
