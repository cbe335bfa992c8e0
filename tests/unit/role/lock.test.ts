import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { alone } from "../../../src/role/host/lock.ts";
import { HERE, temporaryFolder } from "../../support/role-workplace.ts";

describe("two runs on one host", () => {
  it("do not change it at once: the second one is told so, and may come back", async () => {
    const path = join(temporaryFolder(onTestFinished), "lock");
    const nested = alone(HERE.host, () => alone(HERE.host, () => Promise.resolve("both"), path), path);
    await expect(nested).rejects.toThrow("another run of the role is at work");
    await expect(alone(HERE.host, () => Promise.resolve("done"), path)).resolves.toBe("done");
    const failing = alone(HERE.host, () => Promise.reject(new Error("it failed")), path);
    await expect(failing).rejects.toThrow("it failed");
    await expect(alone(HERE.host, () => Promise.resolve("done"), path)).resolves.toBe("done");
  });
});
