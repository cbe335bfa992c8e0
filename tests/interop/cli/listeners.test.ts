import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { CliInterpreter } from "../../../src/control/cli/interpreter.ts";
import { CliListener } from "../../../src/control/cli/listener.ts";
import { HttpListener } from "../../../src/control/http.ts";
import type { NgService } from "../../../src/control/ng/service.ts";
import { NgUdpListener } from "../../../src/control/ng/udp-listener.ts";
import { TestCli } from "../../support/cli.ts";

const LOOPBACK = { address: "127.0.0.1", family: 4, port: 0 } as const;

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const listener of open.splice(0)) await listener.close();
});

async function listen(cli: TestCli = new TestCli()): Promise<number> {
  const listener = await CliListener.open(LOOPBACK, new CliInterpreter(cli.context), cli.context.log);
  open.push(listener);
  return listener.port;
}

/** Sends chunks, with or without closing our side; everything that comes until the daemon closes. */
function exchange(port: number, chunks: readonly (string | Buffer)[], closes = false): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect({ host: "127.0.0.1", port }, () => {
      for (const chunk of chunks) socket.write(chunk);
      if (closes) socket.end();
    });
    socket.on("data", (data) => {
      answer += data.toString("utf8");
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

describe("the command line port", () => {
  it("answers one line and closes", async () => {
    expect(await exchange(await listen(), ["ping\n"])).toBe("pong\n");
  });

  it("puts a line together from pieces, and answers the first only", async () => {
    expect(await exchange(await listen(), ["list ti", "meout\r\nping\n"])).toBe("TIMEOUT=60\n");
  });

  it("takes the end of the sender's side for the end of the line", async () => {
    expect(await exchange(await listen(), ["ping"], true)).toBe("pong\n");
    expect(await exchange(await listen(), [], true)).toBe("");
  });

  it("finds calls whose names are no ASCII", async () => {
    const cli = new TestCli();
    cli.call(Buffer.from("Grüße@☎").toString("latin1"));
    const port = await listen(cli);
    expect(await exchange(port, ["list sessions Grüße@☎\n"])).toContain("callid: Grüße@☎\n");
    expect(JSON.parse(await exchange(port, ["json list\n"]))).toMatchObject({
      sessions: [{ callid: "Grüße@☎" }],
    });
  });

  it("refuses a line that does not end", async () => {
    expect(await exchange(await listen(), ["x".repeat(5000)])).toBe(
      "Command too long: more than 4096 bytes\n",
    );
  });

  it("serves many at once", async () => {
    const port = await listen();
    const answers = await Promise.all(Array.from({ length: 40 }, () => exchange(port, ["ping\n"])));
    expect(new Set(answers)).toEqual(new Set(["pong\n"]));
  });
});

describe("the NG port", () => {
  it("lets the type of service of its replies be set", async () => {
    const { log } = new TestCli().context;
    const listener = await NgUdpListener.open(LOOPBACK, {} as NgService, log);
    open.push(listener);
    expect(listener.setTos(184)).toBe(true);
  });
});

describe("the HTTP port", () => {
  it("serves its pages, and only by GET", async () => {
    const cli = new TestCli();
    const pages = {
      "/ping": () => ({ type: "text/plain", body: "pong\n" }),
      "/broken": () => {
        throw new Error("secret detail");
      },
    };
    const listener = await HttpListener.open(LOOPBACK, pages, cli.context.log, 1);
    open.push(listener);
    const url = `http://127.0.0.1:${listener.port}`;
    const ping = await fetch(`${url}/ping?x=1`);
    expect([ping.status, await ping.text(), ping.headers.get("keep-alive")]).toEqual([
      200,
      "pong\n",
      "timeout=1",
    ]);
    expect((await fetch(`${url}/ping`, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${url}/constructor`)).status).toBe(404);
    const broken = await fetch(`${url}/broken`);
    expect([broken.status, await broken.text()]).toEqual([500, "Internal error\n"]);
    expect(cli.logged.join()).toContain("secret detail");
  });
});
