// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What the program shares with user space, and what it knows of the packet in hand. `src/dataplane/fastpath/entry.ts` and
 * `src/flow/kernel-state.ts` lay out the same bytes; tests/netns/fastpath/same-verdict.test.ts fails where they do not.
 */
#pragma once

#define PORTS 65536
#define SOURCES 4
#define RATES 256
/* Fractions of a timestamp unit that jitter is kept in. */
#define JITTER_SHIFT 12

#define load_once(x) (*(volatile typeof(x) *)&(x))
#define store_once(x, value) (*(volatile typeof(x) *)&(x) = (value))

/* Address index -> flow id + 1 by port; 0: not ours. */
struct port_table {
	__u32 flow[PORTS];
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct port_table);
} ports SEC(".maps");

/* Addresses as on the wire, IPv4 in the first four bytes; ports in network byte order. */
struct entry {
	__u32 generation;
	__u8 family;
	__u8 tos;
	__u8 hop_limit;
	/* The packet stays on this host: after rewriting, the stack delivers it. */
	__u8 is_local;
	__u32 out_interface;
	/* Whose socket it leaves from: counted there. */
	__u32 from_flow;
	__u64 source[2];
	__u64 from[2];
	__u64 to[2];
	__u16 source_port;
	__u16 from_port;
	__u16 to_port;
	__u16 reserved;
	/* Where the source's packets arrive: from elsewhere they may be forged, which the stack judges. */
	__u32 in_interface;
	__u32 reserved_too;
	/* A bit for each payload type that is forwarded here. */
	__u32 payload_types[4];
	/* Index of each payload type's clock rate. */
	__u8 rates[128];
};

/* Two halves, of which one holds: 0: none, 1 or 2. User space writes the other, then switches. */
struct flow {
	__u32 selected;
	__u32 reserved;
	struct entry halves[2];
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow);
} flows SEC(".maps");

struct source {
	/* Whoever holds it moves the sequence state on; two CPUs seldom meet here. */
	__u64 lock;
	__u64 packets;
	__u64 bytes;
	__u64 reordered;
	__u64 duplicates;
	__u64 expected_before;
	__u64 last_seen; /* microseconds, monotonic */
	__u64 jitter;	 /* timestamp units << JITTER_SHIFT */
	__u64 window;
	__u32 ssrc;
	__u32 cycles;
	__u32 highest;
	__u32 first;
	__u32 restart;
	__u32 last_payload_type;
	__u32 last_timestamp;
	__u32 reserved;
};

struct state {
	__u64 packets_in;
	__u64 bytes_in;
	__u64 packets_out;
	__u64 bytes_out;
	__u64 last_seen;
	__u32 source_count;
	__u32 zero;
	struct source sources[SOURCES];
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct state);
} states SEC(".maps");

/* What is common to all flows. */
struct control {
	/* bpf_ktime_get_ns() until which flows hold: user space moves it on while it lives. */
	__u64 valid_until;
	__u32 rates_hz[RATES];
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct control);
} control SEC(".maps");

/* What is known of the packet in hand. */
struct packet {
	__u64 local[2];
	__u64 source[2];
	__u32 ports;	/* source and destination, as on the wire */
	__u32 ip_bytes; /* header */
	__u32 length;	/* of the UDP payload */
	__u32 ssrc;
	__u32 timestamp;
	__u16 sequence;
	__u8 payload_type;
	__u8 family;
};
