import { describe, expect, test } from "vitest";
import { type NgFlags, NgRequestError, parseNgRequest } from "../../../../src/wire/ng/request.ts";
import type { NgDictionary } from "../../../../src/wire/ng/value.ts";

const offer = (keys: NgDictionary) => parseNgRequest({ command: "offer", ...keys });
const flagsOf = (...flags: string[]): NgFlags => offer({ flags }).flags;
const stringFlags = (text: string): NgFlags => offer({ "rtpp-flags": text }).flags;

describe("parseNgRequest", () => {
  test("refuses a dictionary without a command, in upstream's words", () => {
    for (const dictionary of [{}, { command: 1 }, { command: ["offer"] }] as NgDictionary[]) {
      expect(() => parseNgRequest(dictionary)).toThrow(NgRequestError);
      expect(() => parseNgRequest(dictionary)).toThrow('Dictionary contains no key "command"');
    }
  });

  test("reads the identity of a dialogue, spelled with spaces, hyphens or underscores", () => {
    const request = offer({
      "call id": "c",
      from_tag: "f",
      "To-Tag": "t",
      "via-branch": "b",
      sdp: "v=0",
      "from-label": "l",
      "to-label": "m",
      "set label": "n",
    });
    expect(request).toMatchObject({
      command: "offer",
      callId: "c",
      fromTag: "f",
      toTag: "t",
      viaBranch: "b",
    });
    expect(request).toMatchObject({ sdp: "v=0", label: "l", fromLabel: "l", toLabel: "m", setLabel: "n" });
    expect(offer({ label: "l" }).fromLabel).toBeUndefined();
  });

  test("takes numbers where text is due, and no lists", () => {
    expect(offer({ "call-id": 12 }).callId).toBe("12");
    expect(offer({ "call-id": ["x"], interface: ["x"], "vsc-stop-rec": ["x"] }).callId).toBeUndefined();
  });

  test.each([
    [["IP4", "10.0.0.1"], { family: 4, address: "10.0.0.1" }],
    [["IP6", "2001:DB8::1"], { family: 6, address: "2001:db8::1" }],
    [["10.0.0.1"], { family: 4, address: "10.0.0.1" }],
    ["10.0.0.1", { family: 4, address: "10.0.0.1" }],
    [["IP4", "nowhere"], undefined],
    [[], undefined],
  ])("reads received-from %j", (value, address) => {
    expect(offer({ "received-from": value }).receivedFrom).toEqual(address);
    expect(offer({ "received from": value }).receivedFrom).toEqual(address);
  });

  test("reads lists of tags and calls", () => {
    const request = parseNgRequest({
      command: "mesh",
      calls: ["a", "b"],
      "from-tags": ["x"],
      flags: ["from-tags-y"],
      tags: [{ from: "x", to: ["y", "z"] }, { to: "q" }, "stray"],
    });
    expect(request.calls).toEqual(["a", "b"]);
    expect(request.fromTags).toEqual(["x", "y"]);
    expect(request.tags).toEqual([
      { from: "x", to: ["y", "z"] },
      { from: "", to: ["q"] },
    ]);
    expect(parseNgRequest({ command: "mesh", tags: "x" }).tags).toBeUndefined();
  });

  test("tells unknown words from ones that are known but not built", () => {
    const request = offer({
      nonsense: 1,
      flags: ["SIPREC", "gibberish", "gibberish", "symmetric"],
      ICE: ["remove", "melt"],
      moh: { file: "x" },
      replace: ["session connection"],
    });
    expect(request.unknownKeys).toEqual(["nonsense", "flags: gibberish", "ICE: melt"]);
    expect(request.ignoredKeys).toEqual(["SIPREC", "symmetric", "moh", "replace=session-connection"]);
  });

  test("remembers a bounded number of unknown words", () => {
    const flags = Array.from({ length: 1000 }, (_, index) => `x${index}`);
    expect(offer({ flags }).unknownKeys).toHaveLength(64);
  });

  test("is not confused by names that every object has", () => {
    const request = offer({ constructor: "x", ICE: "constructor", flags: ["toString", "__proto__"] });
    expect(request.unknownKeys).toEqual([
      "constructor",
      "ICE: constructor",
      "flags: toString",
      "flags: __proto__",
    ]);
    const changes = offer({ flags: ["sdp-attr-add-__proto__-x"] }).flags.sdpAttr;
    expect(Object.keys(changes)).toEqual(["--proto--"]);
  });
});

describe("keys of a request", () => {
  test("reads addresses and interfaces", () => {
    const { flags, unknownKeys } = offer({
      "media address": "2001:DB8::1",
      "address family": "IP6",
      direction: ["priv", "pub"],
      interface: "i",
      TOS: 184,
      "endpoint-learning": "immediate",
    });
    expect(flags.mediaAddress).toEqual({ family: 6, address: "2001:db8::1" });
    expect(flags).toMatchObject({ addressFamily: 6, direction: ["priv", "pub"], interface: "i", tos: 184 });
    expect(flags).toMatchObject({ fromInterface: "priv", toInterface: "pub", endpointLearning: "immediate" });
    expect(unknownKeys).toEqual([]);
    expect(offer({ "media-address": "example.com" }).unknownKeys).toEqual(["media-address: example.com"]);
    expect(offer({ "media-address": ["x"] }).unknownKeys).toEqual(["media-address: "]);
    expect(offer({ "address-family": "IP4" }).flags.addressFamily).toBe(4);
    expect(offer({ "address-family": "IPX" }).flags.addressFamily).toBeUndefined();
    expect(offer({ direction: ["a"] }).flags.direction).toBeUndefined();
    expect(offer({ direction: [] }).flags.fromInterface).toBeUndefined();
    expect(offer({ "to-interface": "x", "from-interface": "y" }).flags.direction).toEqual(["y", "x"]);
  });

  test("takes a type of service above 255 as the default, a negative one as it is", () => {
    expect(offer({ TOS: "-1" }).flags.tos).toBe(-1);
    expect(offer({ TOS: 256 }).flags.tos).toBeUndefined();
    expect(offer({ "rtpp-flags": "TOS=16", TOS: 256 }).flags.tos).toBeUndefined();
  });

  test("reads ICE, as a word or as a list", () => {
    expect(offer({ ICE: "remove" }).flags.ice).toBe("remove");
    expect(offer({ ICE: "force_relay" }).flags.ice).toBe("force-relay");
    expect(offer({ ICE: ["force", "trickle", "ice2", "lite-both"] }).flags).toMatchObject({
      ice: "force",
      trickleIce: true,
      ice2: true,
      iceLite: "both",
    });
    expect(offer({ ICE: ["lite"] }).flags.iceLite).toBe("forward");
    expect(offer({ ICE: ["no-lite"] }).flags.iceLite).toBe("off");
    expect(offer({ "ICE-lite": "bkw" }).flags.iceLite).toBe("backward");
  });

  test("reads DTLS and its reverse", () => {
    expect(offer({ DTLS: "passive" }).flags).toMatchObject({ dtls: "passive", dtlsOff: false });
    expect(offer({ DTLS: ["off", "passive"] }).flags).toMatchObject({ dtls: "passive", dtlsOff: true });
    expect(offer({ "DTLS-reverse": "active", DTLS: "x" }).flags).toMatchObject({ dtlsReverse: "active" });
    expect(offer({ "DTLS fingerprint": "SHA-1" }).flags.dtlsFingerprint).toBe("SHA-1");
  });

  test("takes SDES apart", () => {
    const { sdes, sdesOptions } = offer({
      SDES: ["no-F8_128_HMAC_SHA1_80", "only-AEAD_AES_256_GCM;NULL_HMAC_SHA1_32", "pad", "UNENCRYPTED_SRTP"],
      flags: ["SDES-order:A;B;", "SDES-offerer_pref:C", "SDES-encrypted_srtcp", "SDES-nonew"],
    }).flags;
    expect(sdes).toContain("pad");
    expect(sdesOptions).toMatchObject({
      no: ["F8_128_HMAC_SHA1_80"],
      only: ["AEAD_AES_256_GCM", "NULL_HMAC_SHA1_32"],
      order: ["A", "B"],
      offererPreference: ["C"],
      pad: true,
      nonew: true,
      off: false,
      unencryptedSrtp: true,
      unencryptedSrtcp: false,
      unauthenticatedSrtp: undefined,
    });
    expect(flagsOf("SDES-off").sdesOptions.off).toBe(true);
    expect(flagsOf("pad crypto").sdesOptions.pad).toBe(true);
  });

  test("reads OSRTP and bundle words with what they imply", () => {
    expect(offer({ OSRTP: "accept" }).flags.osrtp).toEqual(["accept-rfc", "accept-legacy"]);
    expect(flagsOf("OSRTP-offer-RFC").osrtp).toEqual(["offer"]);
    expect(offer({ OSRTP: "x", bundle: "y" }).unknownKeys).toEqual(["OSRTP: x", "bundle: y"]);
    expect(offer({ bundle: ["strict"] }).flags).toMatchObject({
      bundle: ["offer", "require", "strict"],
      generateMid: true,
    });
    expect(flagsOf("BUNDLE-accept")).toMatchObject({ bundle: ["accept"], generateMid: false });
  });

  test("reads the transport protocol", () => {
    expect(offer({ "transport protocol": "rtp/savpf" }).flags.transportProtocol).toBe("RTP/SAVPF");
    expect(offer({ "transport-protocol": "accept" }).flags).toMatchObject({ acceptsTransportProtocol: true });
    expect(offer({ "transport-protocol": "" }).flags.transportProtocol).toBeUndefined();
  });

  test("reads codecs, with escapes, where they count", () => {
    const codec = {
      strip: ["all"],
      transcode: ["opus/48000/2", "iLBC/8000/1///mode--30"],
      set: "a,b",
      x: ["y"],
    };
    expect(offer({ codec }).flags.codec).toMatchObject({
      strip: ["all"],
      transcode: ["opus/48000/2", "iLBC/8000/1///mode=30"],
      set: ["a", "b"],
    });
    expect(offer({ codec }).unknownKeys).toEqual(["codec: x"]);
    const answer = parseNgRequest({
      command: "answer",
      codec,
      flags: ["codec-mask-PCMA", "codec-accept-PCMU"],
    });
    expect(answer.flags.codec).toMatchObject({ strip: ["all"], transcode: [], mask: [], accept: ["PCMU"] });
    expect(parseNgRequest({ command: "play media", codec }).flags.codec.set).toEqual(["a", "b"]);
    expect(offer({ codec: "x", extmap: "y" }).flags.codec.strip).toEqual([]);
  });

  test("reads changes of attributes in all three forms", () => {
    const { flags, unknownKeys } = offer({
      "sdp-attr": {
        global: { add: ["a:1", "b"], remove: "c:2, 3" },
        audio: { substitute: [["x", "y"], ["z"], "p>q"], twist: ["x"] },
        video: "x",
      },
      flags: [
        "sdp-attr-add-audio-new--1..2",
        "sdp-attr-substitute-none-sendrecv>sendonly",
        "sdp-attr-x",
        "sdp-attr-y-z",
      ],
    });
    expect(flags.sdpAttr).toEqual({
      none: { add: ["a:1", "b"], remove: ["c:2, 3"], substitute: [["sendrecv", "sendonly"]] },
      audio: {
        add: ["new=1 2"],
        remove: [],
        substitute: [
          ["x", "y"],
          ["p", "q"],
        ],
      },
    });
    expect(unknownKeys).toEqual([
      "sdp-attr: substitute",
      "sdp-attr: twist",
      "sdp-attr: video",
      "flags: sdp-attr-x",
      "flags: sdp-attr-y-z",
    ]);
    expect(offer({ "sdp-attr": ["x"] }).unknownKeys).toEqual(["sdp-attr"]);
    expect(offer({ "sdp-attr": { none: { substitute: 1 } } }).flags.sdpAttr.none?.substitute).toEqual([]);
  });

  test("reads header extensions to strip or to mask", () => {
    expect(offer({ extmap: { strip: ["urn:a"], mask: ["all"] } }).flags).toMatchObject({
      stripExtmap: ["urn:a"],
      maskExtmap: ["all"],
    });
    expect(flagsOf("strip-extmap").stripExtmap).toEqual(["all"]);
  });

  test("honours packet times in offers only", () => {
    expect(offer({ ptime: 30, "reverse ptime": "40" }).flags).toMatchObject({ ptime: 30, ptimeReverse: 40 });
    expect(parseNgRequest({ command: "answer", ptime: 30 }).flags.ptime).toBeUndefined();
  });

  test("lets drop-traffic stop win", () => {
    expect(offer({ "drop-traffic": "start" }).flags.dropTraffic).toBe("start");
    expect(
      offer({ "rtpp-flags": "drop-traffic=start drop-traffic=stop drop-traffic=start" }).flags.dropTraffic,
    ).toBe("stop");
    expect(offer({ "drop-traffic": "x" }).unknownKeys).toEqual(["drop-traffic: x"]);
  });

  test("reads words that mean yes or no", () => {
    expect(offer({ "record call": "yes", "generate RTCP": "off" }).flags).toMatchObject({
      recordCall: true,
      generateRtcp: false,
    });
    expect(offer({ "record-call": 1 }).flags.recordCall).toBe(true);
    expect(flagsOf("record-call", "generate rtcp", "no-passthrough")).toMatchObject({
      recordCall: true,
      generateRtcp: true,
      passthrough: false,
    });
  });

  test("reads DTMF options", () => {
    expect(
      offer({ "DTMF-security": "dtmf", digit: 3, frequencies: [344, "x"], volume: -20, pause: 100 }).flags,
    ).toMatchObject({ dtmfSecurity: "DTMF", digit: "3", frequenciesHz: [344], volumeDb: -20, pauseMs: 100 });
    expect(offer({ frequency: 400 }).flags.frequenciesHz).toEqual([400]);
    expect(offer({ frequency: "400,500" }).flags.frequenciesHz).toEqual([400, 500]);
    expect(parseNgRequest({ command: "stop recording", pause: "yes" }).flags.pauseRecording).toBe(true);
  });

  test("reads the player and recording options", () => {
    const { flags } = offer({
      "audio-player": "force",
      "media-echo": "fwd",
      medias: [{ type: "audio" }, "x"],
      moh: { file: "a" },
      "vsc-start-rec": "*1",
      "start-pos": "12x",
    });
    expect(flags).toMatchObject({ audioPlayer: "always", mediaEcho: "forward", medias: [{ type: "audio" }] });
    expect(flags).toMatchObject({ musicOnHold: { file: "a" }, recordingServiceCodes: { start: "*1" } });
    expect(flags.startPositionMs).toBe(12);
    expect(
      offer({ moh: "x", medias: "y", volume: "x", duration: "99999999999" }).flags.durationMs,
    ).toBeUndefined();
  });

  test("reads media types to take out, and T.38 options in offers", () => {
    const { flags } = offer({
      "sdp-media-remove": ["video", "video"],
      "T.38": "decode",
      flags: ["T38-no-V17"],
    });
    expect(flags).toMatchObject({ sdpMediaRemove: ["video"], t38: ["decode", "no-V.17"] });
    expect(parseNgRequest({ command: "answer", flags: ["T.38-force"] }).flags.t38).toEqual([]);
  });

  test("reads long lists in a time that fits their length", () => {
    const words = Array.from({ length: 100_000 }, (_, at) => `w${at}`);
    const started = performance.now();
    expect(offer({ supports: [...words, ...words] }).flags.supports).toHaveLength(100_000);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test("normalizes what the proxy supports", () => {
    expect(offer({ supports: ["load limit"] }).flags.supports).toEqual(["load-limit"]);
  });
});

describe("flags", () => {
  test("reads them in any spelling, as a list or as a string", () => {
    for (const flags of [
      ["trust address", "Strict-Source", "reset"],
      "trust-address strict-source reset",
      "trust address,strict source,reset",
    ]) {
      expect(offer({ flags }).flags).toMatchObject({
        trustAddress: true,
        strictSource: true,
        resetSession: true,
      });
    }
    expect(offer({ flags: "codec-strip-PCMU SDES-off ICE=force" }).flags).toMatchObject({
      codec: { strip: ["PCMU"] },
      sdesOptions: { off: true },
      ice: "force",
    });
    expect(offer({ flags: { a: "b" } }).unknownKeys).toEqual([]);
  });

  test("knows no trust by default, and lets the later of two contrary flags win", () => {
    expect(offer({}).flags.trustAddress).toBeUndefined();
    expect(flagsOf("trust-address", "SIP-source-address")).toMatchObject({
      trustAddress: false,
      sipSourceAddress: true,
    });
    expect(flagsOf("SIP-source-address", "trust-address").sipSourceAddress).toBe(false);
  });

  test("expands WebRTC", () => {
    const flags = flagsOf("WebRTC");
    expect(flags).toMatchObject({ webrtc: true, transportProtocol: "UDP/TLS/RTP/SAVPF", ice: "force" });
    expect(flags).toMatchObject({ trickleIce: true, noRtcpAttribute: true, generateMid: true });
    expect(flags.rtcpMux).toMatchObject({ offer: true, require: true });
    expect(flags.bundle).toEqual(["offer", "require"]);
    expect(flags.sdesOptions.off).toBe(true);
  });

  test.each([
    [["RTP/AVP"], "RTP/AVP"],
    [["RTP/AVPF"], "RTP/AVPF"],
    [["RTP/SAVP"], "RTP/SAVP"],
    [["RTP/SAVPF"], "RTP/SAVPF"],
    [["UDP/TLS/RTP/SAVP"], "UDP/TLS/RTP/SAVP"],
    [["UDP/TLS/RTP/SAVPF"], "UDP/TLS/RTP/SAVPF"],
    [["SRTP", "AVPF"], "RTP/SAVPF"],
    [["DTLS", "AVPF"], "UDP/TLS/RTP/SAVPF"],
    [["RTP/SAVPF", "RTP", "AVP"], "RTP/AVP"],
  ])("reads the shorthand %j as %s", (flags, protocol) => {
    expect(offer({ flags }).flags.transportProtocol).toBe(protocol);
    expect(stringFlags(flags.join(" ")).transportProtocol).toBe(protocol);
  });

  test("reads KEY=VALUE in the list", () => {
    expect(flagsOf("ICE=remove", "codec-transcode=PCMA", "direction=a")).toMatchObject({ ice: "remove" });
    expect(offer({ flags: ["x=y"] }).unknownKeys).toEqual(["flags: x=y"]);
  });

  test("reads always-transcode as accepting all codecs", () => {
    expect(flagsOf("always transcode")).toMatchObject({ alwaysTranscode: true, codec: { accept: ["all"] } });
  });
});

describe("flag strings", () => {
  test("read as the same thing as the keys", () => {
    const { flags, ...request } = offer({
      rtpp_flags:
        "replace-origin via-branch=auto strict-source label=callee OSRTP-accept transport-protocol=RTP/AVP address-family=IP4 call-id=c",
    });
    expect(flags).toMatchObject({ replace: { origin: true }, strictSource: true, addressFamily: 4 });
    expect(flags).toMatchObject({ transportProtocol: "RTP/AVP", hasFlagString: true });
    expect(request).toMatchObject({ viaBranch: "auto", label: "callee", callId: "c" });
  });

  test("read codecs with =, with a bracket or with a hyphen", () => {
    const flags = stringFlags(
      "codec-transcode=PCMA transcode=[G722] codec-strip-opus codec_mask=[EVS AMR] codec=[offer=[PCMU]]",
    );
    expect(flags.codec).toMatchObject({
      transcode: ["PCMA", "G722"],
      strip: ["opus"],
      mask: ["EVS", "AMR"],
      offer: ["PCMU"],
    });
  });

  test("add no codecs in answers", () => {
    const answer = parseNgRequest({
      command: "answer",
      "rtpp-flags": "codec-transcode=PCMA codec-strip=G722",
    });
    expect(answer.flags.codec).toMatchObject({ transcode: [], strip: ["G722"] });
  });

  test("read directions one by one, as a list, and the old way", () => {
    expect(stringFlags("direction=foo direction=bar").direction).toEqual(["foo", "bar"]);
    expect(stringFlags("direction=[foo bar]").direction).toEqual(["foo", "bar"]);
    expect(stringFlags("internal external").direction).toEqual(["internal", "external"]);
    expect(offer({ flags: ["external", "internal"] }).flags.direction).toEqual(["external", "internal"]);
    expect(offer({ "rtpp-flags": "internal external internal" }).unknownKeys).toEqual([
      "direction: internal",
    ]);
  });

  test("make a tag that is named in them count", () => {
    const request = parseNgRequest({ command: "delete", "rtpp-flags": "from-tag=f to-tag=t" });
    expect(request).toMatchObject({ fromTag: "f", toTag: "t" });
    expect(request.flags).toMatchObject({ directional: true, honoursToTag: true });
    expect(stringFlags("to-tag").honoursToTag).toBe(true);
    expect(offer({ "from-tag": "f" }).flags.directional).toBe(false);
  });

  test("survive what people type", () => {
    const text =
      "replace=[ origin ]  sdp-attr=  [audio=[  remove = [ x ] add =  [a b]] global=[remove=[c]]] rtcp-mux=[offer]";
    const { flags, unknownKeys } = offer({ "rtpp-flags": text });
    expect(flags.replace.origin).toBe(true);
    expect(flags.rtcpMux.offer).toBe(true);
    expect(flags.sdpAttr).toEqual({});
    expect(unknownKeys).toEqual(["flags: sdp-attr", "[audio", "global"]);
  });

  test("let a flag with a parameter hold an equals sign", () => {
    expect(stringFlags("codec-set-iLBC/8000/1///mode=30").codec.set).toEqual(["iLBC/8000/1///mode=30"]);
  });

  test("are ignored when they are no text", () => {
    expect(offer({ "rtpp-flags": ["x"], template: ["y"] }).flags.hasFlagString).toBe(true);
  });
});

describe("templates", () => {
  const template = (name: string): string | undefined =>
    ({ web: "ICE=force template=inner", inner: "reset template=inner" })[name];

  test("apply where the key stands", () => {
    const { flags } = parseNgRequest({ command: "offer", template: "web", ICE: "remove" }, { template });
    expect(flags).toMatchObject({ ice: "remove", resetSession: true });
  });

  test("that do not exist are reported", () => {
    expect(offer({ template: "x" }).unknownKeys).toEqual(["template: x"]);
  });

  test("by default apply before the request's own keys", () => {
    const defaults = (command: string): string[] => [`label=${command}`, "strict-source"];
    const request = parseNgRequest({ command: "offer", label: "mine" }, { defaults });
    expect(request.label).toBe("mine");
    expect(request.flags).toMatchObject({ strictSource: true, hasFlagString: false });
  });
});
