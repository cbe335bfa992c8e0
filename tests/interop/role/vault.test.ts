import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readVault, secretsOf } from "../../../src/role/apply/vault.ts";
import { Child } from "../../support/processes/child.ts";

const FAKE = fileURLToPath(new URL("../../support/processes/fake-vault.mjs", import.meta.url));

describe("Vault", () => {
  let server: Child;
  let address: string;

  beforeAll(async () => {
    server = new Child(process.execPath, [FAKE, "127.0.0.1", "0"]);
    await server.says(/serving [0-9]+/);
    address = `http://127.0.0.1:${/serving ([0-9]+)/.exec(server.output)![1]}`;
  });
  afterAll(() => server?.stop());

  it("gives the field of a secret, in the shape that Ansible's uri has", async () => {
    const reading = await readVault(address, "t0ken", { redis: "secret/rtpengine#password" });
    expect(secretsOf(reading)).toEqual(["s3cr3t-w0rd"]);
    expect(reading.results[0]!.item).toEqual({ key: "redis", value: "secret/rtpengine#password" });
  });

  it.each([
    ["wrong", "secret/rtpengine#password", "check rtpengine_vault_token"],
    ["t0ken", "secret/other#password", "Vault has no secret secret/other"],
    ["t0ken", "secret/rtpengine#name", "has no text of one line called name"],
    ["t0ken", "secret/rtpengine#two", "has no text of one line called two"],
  ])(
    "with token %s and place %s is refused with a sentence that shows no secret",
    async (token, place, part) => {
      const reading = readVault(address, token, { redis: place });
      await expect(reading).rejects.toThrow(part);
      await expect(reading).rejects.not.toThrow(/s3cr3t|t0ken/);
    },
  );

  it("that is not there is named", async () => {
    await expect(readVault("http://127.0.0.1:1", "t0ken", { redis: "secret/rtpengine#x" })).rejects.toThrow(
      /Vault at http:\/\/127\.0\.0\.1:1 cannot be asked/,
    );
  });
});
