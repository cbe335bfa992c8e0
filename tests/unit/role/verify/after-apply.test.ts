import { describe, expect, it } from "vitest";
import type { Host, RunResult } from "../../../../src/role/host/host.ts";
import { ngEndpoint, verifyApplied } from "../../../../src/role/verify/after-apply.ts";
import { finding } from "../../../../src/role/verify/finding.ts";
import { judgeProxy, pingFrom } from "../../../../src/role/verify/remote.ts";

const NG = { family: 4, address: "192.0.2.20", port: 2223 } as const;
const CONTEXT = {
  rtpengine_install_method: "package",
  rtpengine_transcode_enabled: false,
  rtpengine_verify: true,
  rtpengine_enabled: true,
  rtpengine_listen_ng: "192.0.2.20:2223",
  rtpengine_config_dir: "/etc/rtpengine",
  __rtpengine_unit: "rtpengine.service",
  __rtpengine_binary: "/usr/bin/rtpengine",
};

/** A host whose programs answer as told; what it was asked for. */
function fakeHost(answers: { pong?: boolean; verify?: RunResult; codecs?: string; asked?: string[] }): Host {
  const { pong = true, verify, codecs = "", asked = [] } = answers;
  const result = (code: number, stdout = "", stderr = ""): RunResult => ({ code, stdout, stderr });
  return {
    name: "media-1",
    async run(argv) {
      asked.push(argv.join(" "));
      if (argv.includes("rtpengine.service")) {
        return pong ? result(0, "active\nrole-1-2 d6:result4:ponge\n") : result(1, "failed\n\n");
      }
      if (argv.at(-1) === "/usr/bin/rtpengine") return result(0, codecs);
      if (argv[0] === "test") return result(verify === undefined ? 1 : 0);
      if (argv[1] === "verify") return verify!;
      const [cookie] = argv.at(-1)!.split(" ");
      return pong ? result(0, `${cookie} d6:result4:ponge`) : result(1, "", "dd: Connection refused\n");
    },
    hold: async () => async () => {},
    close: async () => {},
  };
}

describe("a host after changes", () => {
  it("is asked for a pong, and no more where no tool of ours is", async () => {
    const seen: string[] = [];
    await verifyApplied(fakeHost({}), CONTEXT, ({ check, outcome }) => seen.push(`${check} ${outcome}`));
    expect(seen).toEqual(["service ok", "ng ok"]);
  });

  it("is verified by the program that is installed there, which may be too old for it", async () => {
    const findings = [finding("call", "ok", "heard"), finding("kernel", "warn", "none here")];
    const asked: string[] = [];
    const host = fakeHost({
      verify: { code: 0, stdout: JSON.stringify([{ host: "media-1", findings }]), stderr: "" },
      asked,
    });
    const seen: string[] = [];
    await verifyApplied(host, CONTEXT, ({ check, outcome }) => seen.push(`${check} ${outcome}`));
    expect(seen).toEqual(["service ok", "ng ok", "call ok", "kernel warn"]);
    expect(asked.at(-1)).toBe("/usr/bin/rtpengine-role verify --json --config /etc/rtpengine/rtpengine.conf");
    await verifyApplied(
      fakeHost({ verify: { code: 2, stdout: "", stderr: "no command" } }),
      CONTEXT,
      () => {},
    );
  });

  it("is asked for the daemon's codecs where transcoding is wanted, and only there", async () => {
    const context = { ...CONTEXT, rtpengine_transcode_enabled: true };
    const seen: string[] = [];
    const host = fakeHost({ codecs: "PCMA PCMU opus " });
    await verifyApplied(host, context, ({ check, evidence }) => seen.push(`${check} ${evidence}`));
    expect(seen.at(-1)).toBe("codecs /usr/bin/rtpengine: PCMA, PCMU, opus");
    await expect(verifyApplied(fakeHost({}), context, () => {})).rejects.toThrow("built without transcoding");
  });

  it("fails with what systemd says of it when it does not answer", async () => {
    await expect(verifyApplied(fakeHost({ pong: false }), CONTEXT, () => {})).rejects.toThrow(
      "service runs? rtpengine.service is failed",
    );
  });

  it("fails with all that failed there, and what helps", async () => {
    const findings = [
      finding("call", "fail", "heard one way only"),
      finding("hep", "fail", "nothing came", "look"),
    ];
    const verify = { code: 1, stdout: JSON.stringify([{ findings }]), stderr: "" };
    await expect(verifyApplied(fakeHost({ verify }), CONTEXT, () => {})).rejects.toThrow(
      /^a call is heard\? heard one way only\n→ .*\nHomer gets reports\? nothing came\n→ look$/,
    );
  });

  it("fails when the program there breaks", async () => {
    const verify = { code: 1, stdout: "", stderr: "Segmentation fault" };
    await expect(verifyApplied(fakeHost({ verify }), CONTEXT, () => {})).rejects.toThrow(
      "Segmentation fault",
    );
  });

  it.each(["rtpengine_verify", "rtpengine_enabled"])("is not asked anything without %s", async (name) => {
    const asked: string[] = [];
    await verifyApplied(fakeHost({ asked }), { ...CONTEXT, [name]: false }, () => {});
    expect(asked).toEqual([]);
  });
});

describe("a ping from a host", () => {
  it("is answered, or says how it was not", async () => {
    expect(await pingFrom(fakeHost({}), NG)).toBeUndefined();
    expect(await pingFrom(fakeHost({ pong: false }), NG)).toBe("no answer (dd: Connection refused)");
  });

  it("has another cookie each time, so that no stored reply is taken for life", async () => {
    const asked: string[] = [];
    const host = fakeHost({ asked });
    await pingFrom(host, NG);
    await pingFrom(host, NG);
    const cookies = asked.map((line) => / (\S+) d7:command4:pinge$/.exec(line)?.[1]);
    expect(new Set(cookies).size).toBe(2);
  });

  it("judges the way from the proxy", async () => {
    expect(await judgeProxy(fakeHost({}), NG)).toMatchObject({ check: "proxy", outcome: "ok" });
    expect(await judgeProxy(fakeHost({ pong: false }), NG)).toMatchObject({
      outcome: "fail",
      evidence: "media-1 asks 192.0.2.20:2223: no answer (dd: Connection refused)",
    });
  });

  it("goes to where the port is reached from the host itself", () => {
    expect(ngEndpoint("192.0.2.20:2223")).toEqual(NG);
    expect(ngEndpoint("0.0.0.0:2223")).toEqual({ family: 4, address: "127.0.0.1", port: 2223 });
    expect(ngEndpoint("[::]:2223")).toEqual({ family: 6, address: "::1", port: 2223 });
    expect(ngEndpoint("2223").address).toBe("127.0.0.1");
    expect(ngEndpoint("media.example:2223").address).toBe("media.example");
    expect(() => ngEndpoint("media.example")).toThrow("listen-ng");
  });
});
