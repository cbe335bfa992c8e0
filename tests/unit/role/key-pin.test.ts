import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { isTrue } from "../../../src/role/expression.ts";
import { INSTALL_PACKAGE } from "../../../src/role/recipe/install.ts";
import type { Resource } from "../../../src/role/resource.ts";
import { readVariables } from "../../../src/role/variables/read.ts";
import { DEBIAN } from "../../support/role-facts.ts";

const PIN = "0123456789ABCDEF0123456789ABCDEF01234567";
const OTHER = "89ABCDEF0123456789ABCDEF0123456789ABCDEF";

/** A key as `gpg --with-colons` lists it. */
const key = (fingerprint: string, subkey?: string): string =>
  [
    `pub:-:4096:1:${fingerprint.slice(-16)}:1700000000:::-:::scSC::::::23::0:`,
    `fpr:::::::::${fingerprint}:`,
    "uid:-::::1700000000::AAAA::Vendor <vendor@example.org>::::::::::0:",
    ...(subkey === undefined
      ? []
      : [`sub:-:4096:1:${subkey.slice(-16)}:1700000000::::::e::::::23:`, `fpr:::::::::${subkey}:`]),
  ].join("\n");

const PUBLIC_KEY = `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawgNZBYJKwYBBAHaRw8BAQdAOM06j+VDzPX386uVOf6lToQSS+I4Whdsfh3p
Qs5ALn20C1QgPHRAZS5vcmc+iJYEExYIAD4WIQS1k6kPab6zd5K2IKhIttly+ci3
XQUCawgNZAIbAwUJA8JnAAULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAKCRBIttly
+ci3XTLfAQDKyUZ86dyrYu9SQgdO0D4Xppur4W5LU1kDe42kFRgxjwD/cBDfCFFW
z6+8RYEYn8zk5iUOVaLlUq9cmYy1Drl/7AM=
=rp7c
-----END PGP PUBLIC KEY BLOCK-----
`;

const resource = <K extends Resource["kind"]>(kind: K, name: string): Extract<Resource, { kind: K }> =>
  INSTALL_PACKAGE.resources.find((entry) => entry.kind === kind && entry.name.startsWith(name)) as Extract<
    Resource,
    { kind: K }
  >;

const accepts = (stdout: string, pin = PIN, rc = 0, isCheck = false): boolean =>
  isTrue(resource("check", "The key is the one").that, {
    rtpengine_apt_key_fingerprint: pin,
    __rtpengine_key: { rc, stdout },
    ansible_check_mode: isCheck,
  });

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe("a pinned key", () => {
  it("is taken when it is the pinned one and the only one, however its fingerprint is written", () => {
    expect(accepts(key(PIN))).toBe(true);
    expect(accepts(key(PIN, OTHER))).toBe(true);
    expect(accepts(key(PIN), "0123 4567 89ab cdef 0123  4567 89ab cdef 0123 4567")).toBe(true);
  });

  it("is refused when another key is beside it: apt would trust both", () => {
    expect(accepts(`${key(PIN)}\n${key(OTHER)}`)).toBe(false);
    expect(accepts(`${key(OTHER)}\n${key(PIN)}`)).toBe(false);
  });

  it("is refused when the pinned one is but a subkey, which anybody may attach to his own", () => {
    expect(accepts(key(OTHER, PIN))).toBe(false);
  });

  it("is refused when gpg cannot read it, but for a check, before which nothing is fetched", () => {
    expect(accepts(key(OTHER), PIN, 2)).toBe(false);
    expect(accepts("", PIN, 2)).toBe(false);
    expect(accepts("", PIN, 2, true)).toBe(true);
  });

  it("is pinned by a whole fingerprint, by nothing less", () => {
    const problems = (fingerprint: string) =>
      readVariables({ rtpengine_apt_key_fingerprint: fingerprint }, DEBIAN).problems;
    expect(problems(PIN)).toEqual([]);
    expect(problems("0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567")).toEqual([]);
    for (const part of ["1", " ", "4096", PIN.slice(-16)]) expect(problems(part), part).not.toEqual([]);
  });

  it("is read without leaving anything in the home of whoever looks", () => {
    const home = mkdtempSync(join(tmpdir(), "home-"));
    folders.push(home);
    writeFileSync(join(home, "key"), PUBLIC_KEY);
    const [program, ...words] = resource("probe", "Read the key").argv;
    const listed = execFileSync(program!, [...words.slice(0, -1), join(home, "key")], {
      env: { ...process.env, HOME: home },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [, fingerprint] = /^fpr:+([0-9A-F]{40}):$/m.exec(listed) ?? [];
    expect(accepts(listed.trim(), fingerprint)).toBe(true);
    expect(execFileSync("ls", ["-A", home], { encoding: "utf8" })).toBe("key\n");
  });
});
