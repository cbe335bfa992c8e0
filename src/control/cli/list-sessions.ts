import type { Call } from "../../call/model.ts";
import { describeCallTree, printCallTree } from "./call-tree.ts";
import {
  answer,
  CLI_ERRORS,
  type CliAnswer,
  type CliCommand,
  type CliContext,
  callOf,
  shown,
} from "./command.ts";

/** `list` without more, and everything on sessions and their ports. */
export const SESSION_COMMANDS: readonly CliCommand[] = [
  {
    words: "list",
    help: "print a summary of the sessions; with one more word: see below",
    isOwn: true,
    run: (_rest, context) => summary(context),
  },
  {
    words: "list numsessions",
    help: "print the number of sessions",
    run: (_rest, context) => numberOfSessions(context),
  },
  {
    words: "list sessions",
    params: "<callid> | all | own | foreign | recording",
    help: "list sessions, or print details of one session",
    run: listSessions,
  },
  {
    words: "list ports",
    help: "print the ports in use with the call that has them",
    isOwn: true,
    run: (_rest, context) => listPorts(context),
  },
];

function numberOfSessions({ snapshot }: CliContext): CliAnswer {
  const { own, foreign, ipv4, ipv6, mixed } = snapshot().sessions;
  return answer(
    [
      `Current sessions own: ${own}`,
      `Current sessions foreign: ${foreign}`,
      `Current sessions total: ${own + foreign}`,
      "Current transcoded media: 0",
      `Current sessions ipv4 only media: ${ipv4}`,
      `Current sessions ipv6 only media: ${ipv6}`,
      `Current sessions ip mixed  media: ${mixed}`,
    ],
    { own, foreign, total: own + foreign, transcodedmedia: 0, ipv4, ipv6, mixed },
  );
}

function summary(context: CliContext): CliAnswer {
  const sessions = [...context.engine.calls()].map((call) => summaryOf(call, context));
  const columns = ["CALL-ID", "AGE", "TAGS", "PORTS", "IDLE", "STATE"];
  const rows = sessions.map((session) => [
    shown(session.callid),
    duration(session.age),
    String(session.tags),
    String(session.ports),
    session.idle === null ? "-" : duration(session.idle),
    session.deletionmark ? "deleted" : session.idle === null ? "no packets" : "active",
  ]);
  const widths = columns.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]!.length)));
  const print = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join("  ")
      .trimEnd();
  const count = sessions.length === 1 ? "1 session" : `${sessions.length} sessions`;
  return answer([count, ...(rows.length > 0 ? [print(columns), ...rows.map(print)] : [])], {
    total: sessions.length,
    sessions,
  });
}

function summaryOf(
  call: Call,
  { now, dataplane }: CliContext,
): {
  callid: string;
  age: number;
  tags: number;
  ports: number;
  idle: number | null;
  deletionmark: boolean;
} {
  const sockets = call.medias.flatMap((media) => media.portMaps.flatMap((map) => map.sockets));
  const seen = Math.max(0, ...sockets.map(({ flowId }) => dataplane.lastSeen(flowId)));
  return {
    callid: call.callId,
    age: Math.floor((now() - call.createdAt) / 1e6),
    tags: call.monologues.filter((monologue) => monologue !== undefined).length,
    ports: sockets.length,
    idle: seen === 0 ? null : Math.max(0, Math.floor((now() - seen) / 1e6)),
    deletionmark: call.deleteAt !== undefined,
  };
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds}s`;
  if (minutes < 60) return `${minutes}m${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, "0")}m`;
}

const SELECTIONS: ReadonlySet<string> = new Set(["all", "own", "foreign", "recording"]);

function listSessions(rest: string, context: CliContext): CliAnswer {
  if (rest === "") throw CLI_ERRORS.incomplete();
  if (!SELECTIONS.has(rest)) {
    const call = describeCallTree(context.engine.report(callOf(context, rest)), context);
    return answer(printCallTree(call), { ...call } as unknown as CliAnswer["value"]);
  }
  // No call comes from another instance, none is recorded.
  const calls = rest === "foreign" || rest === "recording" ? [] : [...context.engine.calls()];
  if (calls.length === 0) {
    const which = rest === "all" ? "" : `${rest} `;
    return answer([`No ${which}sessions on this media relay.`], []);
  }
  const described = calls.map((call) => ({
    callid: call.callId,
    deletionmark: call.deleteAt !== undefined,
    created: Math.floor(context.unixMicros(call.createdAt) / 1e6),
    proxy: call.createdFrom,
    foreign: false,
    recording: false,
  }));
  return answer(
    described.map(
      (one) =>
        `ID: ${shown(one.callid).padStart(60)} | del:${one.deletionmark ? "y" : "n"} | creat:${String(one.created).padStart(12)} | prx:${shown(one.proxy)} | redis:-1 | frgn:n | rec:n`,
    ),
    described,
  );
}

function listPorts({ engine }: CliContext): CliAnswer {
  const ports = [...engine.calls()].flatMap((call) =>
    call.medias.flatMap((media) =>
      media.portMaps.flatMap((map) =>
        map.sockets.map((socket) => ({
          address: socket.address,
          port: socket.port,
          interface: socket.media.name,
          callid: call.callId,
          tag: call.monologues[media.monologue]?.tag ?? "",
        })),
      ),
    ),
  );
  if (ports.length === 0) return answer(["No ports in use."], []);
  return answer(
    ports.map(
      (one) =>
        `${one.interface}/${one.address}:${one.port} call '${shown(one.callid)}' tag '${shown(one.tag)}'`,
    ),
    ports,
  );
}
