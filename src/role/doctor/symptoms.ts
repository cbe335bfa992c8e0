import { type Host, runOrFail } from "../host/host.ts";

/** What is looked at: a shell command by name. None changes anything; one that fails says nothing. */
const COMMANDS = {
  active: "systemctl is-active rtpengine",
  enabled: "systemctl is-enabled rtpengine",
  unit: "systemctl show rtpengine -p NRestarts -p ActiveEnterTimestamp -p User -p LimitNOFILE -p FragmentPath",
  errors: "journalctl -q -u rtpengine -p err --since -1h -o cat | tail -n 5",
  packages:
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
    "dpkg-query -W -f='${db:Status-Abbrev}${Package} ${Version}\\n' rtpengine-ts rtpengine-daemon ngcp-rtpengine-daemon rtpengine-ts-tools rtpengine-kernel-dkms ngcp-rtpengine-kernel-dkms 2>/dev/null | grep ^ii",
  source: "readlink /opt/rtpengine/current",
  sockets: "ss -nlupH; ss -nltpH",
  configTest: "timeout 30 rtpengine --config-test | tail -n 1",
  addresses: "ip -o addr show | awk '{ print $2, $4 }'",
  egress: "ip -4 route get 192.0.2.1 | head -n 1",
  policy: "ip -4 rule",
  rules: "nft list ruleset 2>/dev/null || iptables-save 2>/dev/null",
  legacyRules: "iptables-save 2>/dev/null | grep -i rtpengine",
  ufw: "ufw status 2>/dev/null",
  firewalld: "firewall-cmd --state 2>/dev/null && firewall-cmd --list-all 2>/dev/null",
  modules: "grep -E '^(xt_RTPENGINE|nft_rtpengine) ' /proc/modules",
  moduleFiles: "find /lib/modules/$(uname -r) -name 'xt_RTPENGINE.ko*' -o -name 'nft_rtpengine.ko*'",
  moduleOwner: "stat -c %U /proc/rtpengine/control",
  moduleTables: "ls /proc/rtpengine 2>/dev/null",
  dkms: "dkms status 2>/dev/null | grep -i rtpengine",
  headers: "test -d /lib/modules/$(uname -r)/build/include && echo yes",
  secureBoot: "od -An -t u1 -j 4 -N 1 /sys/firmware/efi/efivars/SecureBoot-* 2>/dev/null",
  lockdown: "cat /sys/kernel/security/lockdown",
  // What the role has heard from modprobe, and what the kernel has said to it.
  refusal: "tail -n 1 /run/rtpengine-role-module",
  kernelLog:
    "journalctl -q -k -b -o cat -g 'module verification failed|Loading of (unsigned )?module|unsigned module|disagrees about version' | grep -i -e rtpengine -e 'unsigned module' | tail -n 1",
  kernel: "uname -r",
  fastpath: "rtpengine-ctl fastpath status",
  buffers: "sysctl -n net.core.rmem_max net.core.wmem_max",
  ephemeral: "sysctl -n net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports",
  conntrack: "sysctl -n net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max",
  udp: "grep ^Udp: /proc/net/snmp",
  queues:
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's
    "for d in /sys/class/net/*/device; do n=${d%/device}; echo ${n##*/} $(ls -d $n/queues/rx-* | wc -l); done",
  processors: "nproc",
  clock: "timedatectl show -p NTPSynchronized --value",
  disk: "df -P / /var/log /var/spool/rtpengine 2>/dev/null | awk 'NR > 1 { print $6, $5 }' | sort -u",
} as const;

export type SymptomName = keyof typeof COMMANDS;

/** What each command said, without the white space around it; empty where it had nothing to say. */
export type Symptoms = Readonly<Record<SymptomName, string>>;

const MARK = "@@symptom ";

/** Looks at a host, in one go. @throws HostError when it cannot be reached */
export async function gatherSymptoms(host: Host): Promise<Symptoms> {
  const script = Object.entries(COMMANDS)
    .map(([name, command]) => `echo '${MARK}${name}'\n{ ${command}; } 2>/dev/null`)
    .join("\n");
  return parseSymptoms(await runOrFail(host, ["sh", "-c", `${script}\ntrue`], { timeoutMs: 60_000 }));
}

/** Takes the output of the script apart. */
export function parseSymptoms(output: string): Symptoms {
  const symptoms = Object.fromEntries(Object.keys(COMMANDS).map((name) => [name, ""])) as Record<
    SymptomName,
    string
  >;
  for (const part of output.split(`${MARK}`).slice(1)) {
    const end = part.indexOf("\n");
    const name = part.slice(0, end) as SymptomName;
    if (Object.hasOwn(symptoms, name)) symptoms[name] = part.slice(end + 1).trim();
  }
  return symptoms;
}
