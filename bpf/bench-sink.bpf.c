// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Counts what comes back to the load generator of `npm run bench`, with how long each packet was under way.
 *
 * A classifier at TC ingress of the generator's interface. Datagrams to the ports of the simulated phones are
 * counted and dropped; everything else passes. Their payload starts with the time they were sent at
 * (CLOCK_MONOTONIC, nanoseconds, machine order) behind a 12-byte RTP header.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define PHONE_PORT_MIN 20000
#define PHONE_PORT_MAX 29999
#define RTP_HEADER 12
#define FINE 4096	 /* buckets of 1 us */
#define COARSE_SHIFT 6 /* then of 64 us */
#define BUCKETS 8192
#define OLDEST 5000000000ULL

/* bench/relay/sink.ts reads this. */
struct counters {
	__u64 packets;
	__u64 bytes;
	__u64 undated; /* counted in packets too: no plausible time of sending */
	__u64 longest; /* us */
	__u64 buckets[BUCKETS];
};

/* One element a CPU, by its number: no two write the same, and user space reads all of them in place. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counts SEC(".maps");

struct packet {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct udphdr udp;
	__u8 rtp[RTP_HEADER];
	__u64 sent;
} __attribute__((packed));

static __always_inline void count_delay(struct counters *counters, __u64 sent)
{
	__u64 now = bpf_ktime_get_ns(), delay;

	if (sent > now || now - sent > OLDEST) {
		counters->undated++;
		return;
	}
	delay = (now - sent) / 1000;
	if (delay > counters->longest)
		counters->longest = delay;
	if (delay >= FINE)
		delay = FINE + ((delay - FINE) >> COARSE_SHIFT);
	if (delay >= BUCKETS)
		delay = BUCKETS - 1;
	counters->buckets[delay]++;
}

SEC("tc")
int sink(struct __sk_buff *skb)
{
	struct counters *counters;
	struct packet *packet;
	__u32 cpu;
	__u16 port;

	if ((void *)(long)skb->data + sizeof(*packet) > (void *)(long)skb->data_end &&
	    bpf_skb_pull_data(skb, sizeof(*packet)))
		return TC_ACT_OK;
	packet = (void *)(long)skb->data;
	if ((void *)(packet + 1) > (void *)(long)skb->data_end)
		return TC_ACT_OK;
	if (packet->ethernet.h_proto != bpf_htons(ETH_P_IP) || packet->ip.protocol != 17)
		return TC_ACT_OK;
	port = bpf_ntohs(packet->udp.dest);
	if (port < PHONE_PORT_MIN || port > PHONE_PORT_MAX)
		return TC_ACT_OK;
	cpu = bpf_get_smp_processor_id();
	counters = bpf_map_lookup_elem(&counts, &cpu);
	if (!counters)
		return TC_ACT_SHOT;
	counters->packets++;
	counters->bytes += skb->len;
	count_delay(counters, packet->sent);
	return TC_ACT_SHOT;
}

char license_text[] SEC("license") = "Dual MIT/GPL";
