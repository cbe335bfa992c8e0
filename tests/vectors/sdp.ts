/** Session descriptions of the RFCs, and what must be found in them. CRLF is put in by the test. */
export interface SdpVector {
  readonly source: string;
  readonly text: string;
  /** Per media section: type, port, protocol, formats. */
  readonly media: readonly (readonly [string, number, string, string])[];
  readonly sessionName: string;
  readonly attributes: readonly string[];
}

export const SDP_VECTORS: readonly SdpVector[] = [
  {
    source: "RFC 8866 §5, example",
    text: `v=0
o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1
s=Call to John Smith
i=SDP Offer #1
u=http://www.jdoe.example.com/home.html
e=Jane Doe <jane@jdoe.example.com>
p=+1 617 555-6011
c=IN IP4 198.51.100.1
t=0 0
m=audio 49170 RTP/AVP 0
m=audio 49180 RTP/AVP 0
m=video 51372 RTP/AVP 99
c=IN IP6 2001:db8::2
a=rtpmap:99 h263-1998/90000
`,
    sessionName: "Call to John Smith",
    media: [
      ["audio", 49_170, "RTP/AVP", "0"],
      ["audio", 49_180, "RTP/AVP", "0"],
      ["video", 51_372, "RTP/AVP", "99"],
    ],
    attributes: ["rtpmap:99 h263-1998/90000"],
  },
  {
    source: "RFC 3264 §10.1, offer",
    text: `v=0
o=alice 2890844526 2890844526 IN IP4 host.anywhere.com
s=
c=IN IP4 host.anywhere.com
t=0 0
m=audio 49170 RTP/AVP 0
a=rtpmap:0 PCMU/8000
m=video 51372 RTP/AVP 31
a=rtpmap:31 H261/90000
m=video 53000 RTP/AVP 32
a=rtpmap:32 MPV/90000
`,
    sessionName: "",
    media: [
      ["audio", 49_170, "RTP/AVP", "0"],
      ["video", 51_372, "RTP/AVP", "31"],
      ["video", 53_000, "RTP/AVP", "32"],
    ],
    attributes: ["rtpmap:0 PCMU/8000", "rtpmap:31 H261/90000", "rtpmap:32 MPV/90000"],
  },
  {
    source: "RFC 3264 §10.1, answer",
    text: `v=0
o=bob 2890844730 2890844730 IN IP4 host.example.com
s=
c=IN IP4 host.example.com
t=0 0
m=audio 49920 RTP/AVP 0
a=rtpmap:0 PCMU/8000
m=video 0 RTP/AVP 31
m=video 53000 RTP/AVP 32
a=rtpmap:32 MPV/90000
`,
    sessionName: "",
    media: [
      ["audio", 49_920, "RTP/AVP", "0"],
      ["video", 0, "RTP/AVP", "31"],
      ["video", 53_000, "RTP/AVP", "32"],
    ],
    attributes: ["rtpmap:0 PCMU/8000", "rtpmap:32 MPV/90000"],
  },
  {
    source: "RFC 4317 §2.1, offer with several codecs",
    text: `v=0
o=alice 2890844526 2890844526 IN IP4 host.atlanta.example.com
s=
c=IN IP4 host.atlanta.example.com
t=0 0
m=audio 49170 RTP/AVP 0 8 97
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:97 iLBC/8000
m=video 51372 RTP/AVP 31 32
a=rtpmap:31 H261/90000
a=rtpmap:32 MPV/90000
`,
    sessionName: "",
    media: [
      ["audio", 49_170, "RTP/AVP", "0 8 97"],
      ["video", 51_372, "RTP/AVP", "31 32"],
    ],
    attributes: [
      "rtpmap:0 PCMU/8000",
      "rtpmap:8 PCMA/8000",
      "rtpmap:97 iLBC/8000",
      "rtpmap:31 H261/90000",
      "rtpmap:32 MPV/90000",
    ],
  },
  {
    source: "RFC 3264 §8.4, a stream put on hold",
    text: `v=0
o=alice 2890844526 2890844527 IN IP4 host.atlanta.example.com
s=
c=IN IP4 host.atlanta.example.com
t=0 0
m=audio 49170 RTP/AVP 97
a=rtpmap:97 iLBC/8000
a=sendonly
`,
    sessionName: "",
    media: [["audio", 49_170, "RTP/AVP", "97"]],
    attributes: ["rtpmap:97 iLBC/8000", "sendonly"],
  },
];
