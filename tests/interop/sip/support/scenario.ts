/** Which way a phone says audio goes (RFC 8866 §6.7). */
export type Direction = "sendrecv" | "sendonly" | "recvonly";

/** Who a phone is. */
export interface Party {
  /** Its address, literal. */
  readonly address: string;
  /** The A-law audio it plays: absolute path, and contents. */
  readonly audioFile: string;
  readonly audio: Uint8Array;
}

const SIP_PORT = 5060;
let transactions = 0;

/** An address as it stands in a URI. */
export const inUri = (address: string): string => (address.includes(":") ? `[${address}]` : address);

/** One party's half of a SIP dialogue, as SIPp runs it. */
export class Scenario {
  readonly #me: Party;
  readonly #steps: string[] = [];
  readonly #tag = `t${process.pid}x${transactions++}`;
  #version = 0;
  #answer: string | undefined;
  #isInDialogue = false;
  #isCallee = false;
  #sequence = 0;
  #offer = "";
  readonly #kept = new Set<string>();
  readonly #invites: { readonly uri: string; readonly branch: string }[] = [];

  constructor(me: Party) {
    this.#me = me;
  }

  // The caller's steps.

  /** Begins the dialogue. */
  invite(uri: string): this {
    this.#sequence++;
    this.#offer = this.#sdp("sendrecv");
    return this.#sendInvite(uri);
  }

  /** The same INVITE to somebody else: the next branch of a proxy that forks before ours (RFC 3261 §16.7). */
  alsoInvite(uri: string): this {
    return this.#sendInvite(uri);
  }

  /** Takes an INVITE back, counted from 0: same Request-URI, same branch (RFC 3261 §9.1). */
  cancel(which = 0): this {
    const { uri, branch } = this.#invites[which]!;
    this.#request("CANCEL", uri, branch, `To: <${uri}>`, "");
    for (const status of [200, 487]) this.#step(`<recv response="${status}" timeout="8000"/>`);
    return this.#request("ACK", uri, branch, `To: <${uri}>[peer_tag_param]`, "");
  }

  /** Waits for a response. A final one says who the peer is: of provisional ones each branch may send its own. */
  response(status: number): this {
    if (status < 200) return this.#step(`<recv response="${status}" timeout="8000"/>`);
    return this.#step(
      `<recv response="${status}" rrs="true" timeout="8000"><action>${this.#keep("To")}</action></recv>`,
    );
  }

  /** Lets a response that may come pass by. */
  maybe(...statuses: number[]): this {
    for (const status of statuses) this.#step(`<recv response="${status}" optional="true"/>`);
    return this;
  }

  // The callee's steps.

  request(method: string): this {
    this.#answer = undefined;
    const isFirst = this.#invites.length === 0 && !this.#isCallee;
    if (isFirst) this.#isCallee = true;
    const action = isFirst ? `<action>${this.#keep("From")}${this.#keep("To")}</action>` : "";
    return this.#step(`<recv request="${method}" rrs="true" timeout="8000">${action}</recv>`);
  }

  /** Answers the last request; with SDP where a direction is given, the same one in each response. */
  respond(status: number, reason: string, direction?: Direction): this {
    if (direction !== undefined) this.#answer ??= this.#sdp(direction);
    const sdp = direction === undefined ? "" : this.#answer!;
    return this.#response(`${status} ${reason}`, ["[last_Via:]"], "[last_CSeq:]", sdp);
  }

  /** Rings, waits to be cancelled, and agrees. The CANCEL has but one Via; the 487 goes back along the INVITE's. */
  ringUntilCancelled(): this {
    return this.#untilCancelled(() => this.respond(180, "Ringing"));
  }

  /** The same with early media, which go on for a while after all is over: `afterMs`. */
  talkUntilCancelled(beforeMs: number, afterMs: number): this {
    const ring = (): this => this.wait(beforeMs).respond(183, "Session Progress", "sendrecv").talk();
    return this.#untilCancelled(ring).wait(afterMs);
  }

  /** From here on requests carry our tag already. */
  established(): this {
    this.#isInDialogue = true;
    return this;
  }

  // Both parties' steps.

  /** Changes the session within the dialogue. */
  reinvite(direction: Direction): this {
    this.#sequence++;
    return this.#inDialogue("INVITE", this.#sdp(direction));
  }

  ack(): this {
    return this.#inDialogue("ACK", "");
  }

  bye(): this {
    this.#sequence++;
    return this.#inDialogue("BYE", "").response(200);
  }

  /** Plays the phone's audio from its start, round and round. */
  talk(): this {
    return this.#step(
      `<nop><action><exec rtp_stream="${this.#me.audioFile},-1,8,PCMA/8000"/></action></nop>`,
    );
  }

  fallSilent(): this {
    return this.#step('<nop><action><exec rtp_stream="pause"/></action></nop>');
  }

  talkOn(): this {
    return this.#step('<nop><action><exec rtp_stream="resume"/></action></nop>');
  }

  wait(milliseconds: number): this {
    return this.#step(`<pause milliseconds="${milliseconds}"/>`);
  }

  toXml(): string {
    // SIPp takes what is kept and not used for a mistake, unless it is named here.
    const kept = [...this.#kept].join(",");
    const steps = kept === "" ? this.#steps : [...this.#steps, `<Reference variables="${kept}"/>`];
    return `<?xml version="1.0" encoding="us-ascii"?>\n<scenario name="phone">\n${steps.join("\n")}\n</scenario>\n`;
  }

  #step(xml: string): this {
    this.#steps.push(xml);
    return this;
  }

  /** Keeps a header under its own name. */
  #keep(name: "From" | "To"): string {
    this.#kept.add(name);
    return `<ereg regexp=".*" search_in="hdr" header="${name}:" assign_to="${name}"/>`;
  }

  #branch(): string {
    return `z9hG4bK-${process.pid}-${transactions++}`;
  }

  #response(status: string, vias: readonly string[], sequence: string, sdp: string): this {
    return this.#send(
      [
        `SIP/2.0 ${status}`,
        ...vias,
        "[last_Record-Route:]",
        "[last_From:]",
        this.#isInDialogue ? "[last_To:]" : `[last_To:];tag=${this.#tag}`,
        "[last_Call-ID:]",
        sequence,
        `Contact: <sip:phone@${inUri(this.#me.address)}:${SIP_PORT}>`,
      ],
      sdp,
    );
  }

  #sendInvite(uri: string): this {
    const branch = this.#branch();
    this.#invites.push({ uri, branch });
    return this.#request("INVITE", uri, branch, `To: <${uri}>`, this.#offer);
  }

  #untilCancelled(ring: () => this): this {
    const vias = [1, 2].map(
      (index) =>
        `<ereg regexp=".*" search_in="hdr" header="Via:" occurrence="${index}" assign_to="via${index}"/>`,
    );
    this.#step(`<recv request="INVITE" rrs="true"><action>${vias.join("")}</action></recv>`);
    ring().request("CANCEL").respond(200, "OK");
    // The proxy's own 200 to the CANCEL comes from another of its processes: it is to be first at the caller.
    this.wait(100);
    this.#response("487 Request Terminated", ["Via: [$via1]", "Via: [$via2]"], "CSeq: 1 INVITE", "");
    return this.request("ACK");
  }

  /** The peer is whom its first message names, be that an INVITE or the answer to ours. */
  #inDialogue(method: string, sdp: string): this {
    const to = `To: [$${this.#isCallee ? "From" : "To"}]`;
    return this.#request(method, "[next_url]", this.#branch(), to, sdp);
  }

  #request(method: string, uri: string, branch: string, to: string, sdp: string): this {
    const me = `${inUri(this.#me.address)}:${SIP_PORT}`;
    const isFirst = uri !== "[next_url]";
    const from = this.#isCallee ? "[$To]" : `<sip:caller@${inUri(this.#me.address)}>`;
    return this.#send(
      [
        `${method} ${uri} SIP/2.0`,
        `Via: SIP/2.0/UDP ${me};branch=${branch}`,
        ...(isFirst ? [] : ["[routes]"]),
        `From: ${from};tag=${this.#tag}`,
        to,
        "Call-ID: [call_id]",
        `CSeq: ${this.#sequence} ${method}`,
        `Contact: <sip:phone@${me}>`,
        "Max-Forwards: 70",
      ],
      sdp,
    );
  }

  #send(headers: readonly string[], sdp: string): this {
    const type = sdp === "" ? [] : ["Content-Type: application/sdp"];
    const lines = [...headers, ...type, "Content-Length: [len]", "", sdp];
    // A bracket would begin one of SIPp's keywords.
    const text = lines.join("\n").replace(/\[(?=[0-9a-f]+:)/g, "\\x5B");
    const isAck = headers[0]!.startsWith("ACK") || headers[0]!.startsWith("SIP/2.0");
    return this.#step(`<send${isAck ? "" : ' retrans="500"'}><![CDATA[\n\n${text}\n]]></send>`);
  }

  #sdp(direction: Direction): string {
    const { address } = this.#me;
    const family = address.includes(":") ? "IP6" : "IP4";
    return [
      "v=0",
      `o=phone 1 ${++this.#version} IN ${family} ${address}`,
      "s=-",
      `c=IN ${family} ${address}`,
      "t=0 0",
      "m=audio [rtpstream_audio_port] RTP/AVP 8",
      "a=rtpmap:8 PCMA/8000",
      `a=${direction}`,
      "",
    ].join("\n");
  }
}
