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
  #sequence = 0;
  #invite = { uri: "", branch: "" };

  constructor(me: Party) {
    this.#me = me;
  }

  // The caller's steps.

  /** Begins the dialogue. */
  invite(uri: string): this {
    this.#invite = { uri, branch: this.#branch() };
    return this.#request("INVITE", uri, this.#sdp("sendrecv"), this.#invite.branch, "");
  }

  /** Changes the session within the dialogue. */
  reinvite(direction: Direction): this {
    return this.#inDialogue("INVITE", this.#sdp(direction));
  }

  ack(): this {
    return this.#inDialogue("ACK", "");
  }

  bye(): this {
    return this.#inDialogue("BYE", "").response(200);
  }

  /** Takes the INVITE back: same Request-URI, same branch (RFC 3261 §9.1). */
  cancel(): this {
    const { uri, branch } = this.#invite;
    this.#request("CANCEL", uri, "", branch, "");
    this.response(200).response(487);
    return this.#request("ACK", uri, "", branch, "[peer_tag_param]");
  }

  response(status: number): this {
    return this.#step(`<recv response="${status}" rrs="true" timeout="8000"/>`);
  }

  /** Lets a response that may come pass by. */
  maybe(...statuses: number[]): this {
    for (const status of statuses) this.#step(`<recv response="${status}" optional="true"/>`);
    return this;
  }

  // The callee's steps.

  request(method: string): this {
    this.#answer = undefined;
    return this.#step(`<recv request="${method}" rrs="true" timeout="8000"/>`);
  }

  /** Answers the last request; with SDP where a direction is given, the same one in each response. */
  respond(status: number, reason: string, direction?: Direction): this {
    if (direction !== undefined) this.#answer ??= this.#sdp(direction);
    const sdp = direction === undefined ? "" : this.#answer!;
    return this.#response(`${status} ${reason}`, ["[last_Via:]"], "[last_CSeq:]", sdp);
  }

  /** Rings, waits to be cancelled, and agrees. The CANCEL has but one Via; the 487 goes back along the INVITE's. */
  ringUntilCancelled(): this {
    const vias = [1, 2].map(
      (index) =>
        `<ereg regexp=".*" search_in="hdr" header="Via:" occurrence="${index}" assign_to="via${index}"/>`,
    );
    this.#step(`<recv request="INVITE" rrs="true"><action>${vias.join("")}</action></recv>`);
    this.respond(180, "Ringing").request("CANCEL").respond(200, "OK");
    this.#response("487 Request Terminated", ["Via: [$via1]", "Via: [$via2]"], "CSeq: 1 INVITE", "");
    return this.request("ACK");
  }

  /** From here on requests carry our tag already. */
  established(): this {
    this.#isInDialogue = true;
    return this;
  }

  // Both parties' steps.

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
    return `<?xml version="1.0" encoding="us-ascii"?>\n<scenario name="phone">\n${this.#steps.join("\n")}\n</scenario>\n`;
  }

  #step(xml: string): this {
    this.#steps.push(xml);
    return this;
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

  #inDialogue(method: string, sdp: string): this {
    return this.#request(method, "[next_url]", sdp, this.#branch(), "[peer_tag_param]");
  }

  #request(method: string, uri: string, sdp: string, branch: string, toTag: string): this {
    if (method !== "ACK" && method !== "CANCEL") this.#sequence++;
    const me = `${inUri(this.#me.address)}:${SIP_PORT}`;
    const isFirst = uri !== "[next_url]";
    return this.#send(
      [
        `${method} ${uri} SIP/2.0`,
        `Via: SIP/2.0/UDP ${me};branch=${branch}`,
        ...(isFirst ? [] : ["[routes]"]),
        `From: <sip:caller@${inUri(this.#me.address)}>;tag=${this.#tag}`,
        `To: <${this.#invite.uri}>${toTag}`,
        "Call-ID: [call_id]",
        `CSeq: ${this.#sequence} ${method}`,
        `Contact: <sip:caller@${me}>`,
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
