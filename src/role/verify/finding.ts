/** What is verified, in the order in which it is shown, with what to do when it does not hold. */
export const CHECKS = {
  configuration: {
    title: "configuration",
    fix: "rtpengine-role apply",
  },
  service: {
    title: "service runs",
    fix: "systemctl status rtpengine; journalctl -u rtpengine -n 50",
  },
  ng: {
    title: "NG answers",
    fix: "ss -lunp | grep rtpengine; journalctl -u rtpengine -n 50; systemctl restart rtpengine",
  },
  proxy: {
    title: "NG answers the proxy",
    fix: "nft list ruleset; ip route get PROXY; listen-ng has to be an address that the proxy reaches",
  },
  cli: {
    title: "commands are answered",
    fix: "ss -ltnp | grep rtpengine; rtpengine-ctl list totals",
  },
  metrics: {
    title: "metrics are served",
    fix: "ss -ltnp | grep rtpengine; curl -s http://LISTEN-HTTP/metrics",
  },
  call: {
    title: "a call is heard",
    fix: "rtpengine-ctl list interfaces; ip -br address; ip rule; nft list ruleset",
  },
  "secure-call": {
    title: "a call with SRTP is heard",
    fix: "journalctl -u rtpengine -n 50; rtpengine-ctl set loglevel 7",
  },
  kernel: {
    title: "the kernel forwards",
    fix: "modprobe xt_RTPENGINE || modprobe nft_rtpengine; systemctl restart rtpengine",
  },
  hep: {
    title: "Homer gets reports",
    fix: "grep ^homer /etc/rtpengine/rtpengine.conf; tcpdump -ni any udp port 9060",
  },
  codecs: {
    title: "it transcodes",
    fix: "packages that are built with transcoding, or rtpengine_install_method: source, which builds with it",
  },
  tools: {
    title: "all is verified",
    fix: "apt-get install rtpengine-ts-tools",
  },
} as const;

export type CheckName = keyof typeof CHECKS;

/** `warn` is worth knowing and fails nothing; `skip` was not looked at, and says why. */
export type Outcome = "ok" | "warn" | "fail" | "skip";

/** What came of looking at one thing. */
export interface Diagnosis {
  readonly title: string;
  readonly outcome: Outcome;
  /** What was seen, or why nothing was looked at. */
  readonly evidence: string;
  /** The command that shows more or helps; with `warn` and `fail`. */
  readonly fix?: string;
}

/** What came of a check. */
export interface Finding extends Diagnosis {
  readonly check: CheckName;
}

/** @param fix where the usual one does not help */
export function finding(
  check: CheckName,
  outcome: Outcome,
  evidence: string,
  fix: string = CHECKS[check].fix,
): Finding {
  const isTrouble = outcome === "warn" || outcome === "fail";
  return { check, title: CHECKS[check].title, outcome, evidence, ...(isTrouble && { fix }) };
}

/** Those that failed. */
export function failures<One extends Diagnosis>(findings: readonly One[]): readonly One[] {
  return findings.filter(({ outcome }) => outcome === "fail");
}

/** The findings for people: one a line, and under it what helps. */
export function findingTable(findings: readonly Diagnosis[], paint: (outcome: Outcome) => string): string {
  const width = Math.max(...findings.map(({ title }) => title.length));
  return findings
    .map(({ outcome, title, evidence, fix }) => {
      const [first = "", ...rest] = evidence.split("\n");
      const indent = " ".repeat(width + 10);
      const lines = [`  ${paint(outcome)}  ${title.padEnd(width)}  ${first}`];
      lines.push(...rest.map((line) => `${indent}${line}`));
      if (fix !== undefined) lines.push(`${indent}→ ${fix}`);
      return `${lines.join("\n")}\n`;
    })
    .join("");
}

/** `7 ok, 1 warning, 2 failed, 3 skipped`. */
export function findingSummary(findings: readonly Diagnosis[]): string {
  const count = (wanted: Outcome): number => findings.filter(({ outcome }) => outcome === wanted).length;
  const warnings = count("warn");
  const parts = [`${count("ok")} ok`];
  if (warnings > 0) parts.push(`${warnings} ${warnings === 1 ? "warning" : "warnings"}`);
  parts.push(`${count("fail")} failed`, `${count("skip")} skipped`);
  return parts.join(", ");
}
