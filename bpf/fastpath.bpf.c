// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Forwards RTP of established calls at the ingress of a network interface, before the stack sees it.
 *
 * What it takes must match a flow exactly: local address and port, source, payload type, synchronization source.
 * Whatever does not goes up the stack untouched and is judged by the relay workers. It drops nothing.
 *
 * Counters and the state of sequence numbers go where `src/flow/kernel-state.ts` reads them; flows come from
 * `src/dataplane/fastpath/entry.ts`.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "fastpath.h"
#include "local-address.h"
#include "synchronization-source.h"

#define IPV4 4
#define IPV6 6
#define UDP 17
#define RTP_HEADER 12
/* What a worker's buffer holds: it drops what is longer. */
#define LONGEST_DATAGRAM 2048
/* Ethernet, IPv6, UDP and the fixed RTP header: what is looked at. */
#define LOOKED_AT (ETH_HLEN + sizeof(struct ipv6hdr) + sizeof(struct udphdr) + RTP_HEADER)
#define FRAGMENT bpf_htons(0x3fff) /* more fragments, or an offset */
#define DONT_FRAGMENT bpf_htons(0x4000)

#define barrier() asm volatile("" ::: "memory")

static __always_inline __u32 fold(__u64 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* Sum of the words of a header without options, checksum included: 0xffff when that is right. */
static __always_inline __u32 sum_ipv4(const struct iphdr *ip)
{
	const __u16 *word = (const __u16 *)ip;
	__u64 sum = 0;

#pragma unroll
	for (int index = 0; index < 10; index++)
		sum += word[index];
	return fold(sum);
}

static __always_inline int read_ipv4(struct iphdr *ip, void *end, struct packet *packet, __u32 *datagram)
{
	__u32 total;

	if ((void *)(ip + 1) > end)
		return 0;
	if (ip->version != 4 || ip->ihl != 5 || ip->protocol != UDP || (ip->frag_off & FRAGMENT))
		return 0;
	/* Ours would be right again: what was damaged on the way must not look whole. */
	if (sum_ipv4(ip) != 0xffff)
		return 0;
	total = bpf_ntohs(ip->tot_len);
	if (total < sizeof(*ip) + sizeof(struct udphdr) + RTP_HEADER)
		return 0;
	packet->family = IPV4;
	packet->ip_bytes = sizeof(*ip);
	packet->local[0] = ip->daddr;
	packet->source[0] = ip->saddr;
	*datagram = total - sizeof(*ip);
	return 1;
}

static __always_inline int read_ipv6(struct ipv6hdr *ip, void *end, struct packet *packet, __u32 *datagram)
{
	if ((void *)(ip + 1) > end)
		return 0;
	if (ip->version != 6 || ip->nexthdr != UDP)
		return 0;
	packet->family = IPV6;
	packet->ip_bytes = sizeof(*ip);
	__builtin_memcpy(packet->local, &ip->daddr, 16);
	__builtin_memcpy(packet->source, &ip->saddr, 16);
	*datagram = bpf_ntohs(ip->payload_len);
	return *datagram >= sizeof(struct udphdr) + RTP_HEADER;
}

/* Whether the RTP header does not contradict the datagram (RFC 3550 5.1), and is RTP at all (RFC 5761 4). */
static __always_inline int read_rtp(struct __sk_buff *skb, __u8 *rtp, __u32 offset, struct packet *packet)
{
	__u32 header = RTP_HEADER + 4 * (rtp[0] & 15);
	__u8 kind = rtp[1] & 0x7f;
	__u16 extension;

	if ((rtp[0] & 0xc0) != 0x80 || (kind >= 64 && kind <= 95))
		return 0;
	packet->payload_type = kind;
	packet->sequence = rtp[2] << 8 | rtp[3];
	__builtin_memcpy(&packet->timestamp, rtp + 4, 4);
	packet->timestamp = bpf_ntohl(packet->timestamp);
	__builtin_memcpy(&packet->ssrc, rtp + 8, 4);
	packet->ssrc = bpf_ntohl(packet->ssrc);
	if (rtp[0] & 0x10) {
		if (header + 4 > packet->length)
			return 0;
		if (bpf_skb_load_bytes(skb, offset + header + 2, &extension, 2))
			return 0;
		header += 4 + 4 * bpf_ntohs(extension);
	}
	return header <= packet->length;
}

/*
 * UDP and RTP behind an IP header whose length the compiler knows: who has CAP_BPF without CAP_PERFMON may not add
 * variables to pointers into a packet.
 */
static __always_inline int read_udp(struct __sk_buff *skb, const __u32 ip_bytes, __u32 datagram, struct packet *packet)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct udphdr *udp = data + ETH_HLEN + ip_bytes;
	__u8 *rtp = (__u8 *)(udp + 1);

	if ((void *)(rtp + RTP_HEADER) > end)
		return 0;
	/* A length that IP and UDP disagree on, or a checksum that IPv6 does not allow: the stack knows what to do. */
	if (bpf_ntohs(udp->len) != datagram || skb->len < ETH_HLEN + ip_bytes + datagram)
		return 0;
	if (packet->family == IPV6 && udp->check == 0)
		return 0;
	packet->length = datagram - sizeof(*udp);
	if (packet->length > LONGEST_DATAGRAM)
		return 0;
	__builtin_memcpy(&packet->ports, udp, 4);
	return read_rtp(skb, rtp, ETH_HLEN + ip_bytes + sizeof(*udp), packet);
}

static __always_inline int read_packet(struct __sk_buff *skb, struct packet *packet)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ethhdr *ethernet = data;
	__u32 datagram = 0;

	if ((void *)(ethernet + 1) > end)
		return 0;
	if (ethernet->h_proto == bpf_htons(ETH_P_IP)) {
		if (!read_ipv4((void *)(ethernet + 1), end, packet, &datagram))
			return 0;
		return read_udp(skb, sizeof(struct iphdr), datagram, packet);
	}
	if (ethernet->h_proto == bpf_htons(ETH_P_IPV6)) {
		if (!read_ipv6((void *)(ethernet + 1), end, packet, &datagram))
			return 0;
		barrier();
		return read_udp(skb, sizeof(struct ipv6hdr), datagram, packet);
	}
	return 0;
}

static __always_inline __u16 destination_port(const struct packet *packet)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return packet->ports >> 16;
#else
	return packet->ports & 0xffff;
#endif
}

static __always_inline __u16 source_port(const struct packet *packet)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return packet->ports & 0xffff;
#else
	return packet->ports >> 16;
#endif
}

static __always_inline struct entry *find_entry(struct packet *packet, __u32 *flow_id)
{
	struct local_address local = {};
	struct port_table *table;
	struct flow *flow;
	__u32 *index, id, selected;

	local.family = packet->family;
	local.address[0] = packet->local[0];
	local.address[1] = packet->local[1];
	index = bpf_map_lookup_elem(&addresses, &local);
	if (!index)
		return 0;
	table = bpf_map_lookup_elem(&ports, index);
	if (!table)
		return 0;
	id = table->flow[bpf_ntohs(destination_port(packet))];
	if (id == 0)
		return 0;
	*flow_id = --id;
	flow = bpf_map_lookup_elem(&flows, &id);
	if (!flow)
		return 0;
	selected = load_once(flow->selected);
	if (selected == 0)
		return 0;
	/* Not by a branch: a CPU that reorders loads may have read the half before it knew which one holds. */
	return &flow->halves[(selected - 1) & 1];
}

static __always_inline int accepts(const struct entry *entry, const struct packet *packet, __u32 interface)
{
	return entry->in_interface == interface && entry->family == packet->family && entry->source[0] == packet->source[0] &&
	       entry->source[1] == packet->source[1] && entry->source_port == source_port(packet) &&
	       (entry->payload_types[(packet->payload_type >> 5) & 3] >> (packet->payload_type & 31)) & 1;
}

/*
 * The record of the packet's synchronization source; none: a relay worker has to open one first.
 *
 * A zero that only we know to be one makes its place unknown to the verifier: of four known places it would see four
 * pointers at one instruction, which CAP_BPF without CAP_PERFMON may not use.
 */
static __always_inline struct source *find_source(struct state *state, __u32 ssrc)
{
	__u32 count = load_once(state->source_count);
	__u32 zero = load_once(state->zero);
	__u32 index;

	if (count > 0 && state->sources[0].ssrc == ssrc)
		index = 0;
	else if (count > 1 && state->sources[1].ssrc == ssrc)
		index = 1;
	else if (count > 2 && state->sources[2].ssrc == ssrc)
		index = 2;
	else if (count > 3 && state->sources[3].ssrc == ssrc)
		index = 3;
	else
		return 0;
	return &state->sources[(index + zero) & (SOURCES - 1)];
}

/* New addresses, type of service, hop limit. The identification stays; what is sent may not be fragmented, as from a socket. */
static __always_inline int write_ipv4(struct __sk_buff *skb, const struct entry *entry)
{
	void *end = (void *)(long)skb->data_end;
	struct iphdr *ip = (void *)(long)skb->data + ETH_HLEN;

	if ((void *)(ip + 1) > end)
		return 0;
	ip->tos = entry->tos;
	ip->ttl = entry->hop_limit;
	ip->frag_off = DONT_FRAGMENT;
	ip->saddr = entry->from[0];
	ip->daddr = entry->to[0];
	ip->check = 0;
	ip->check = ~sum_ipv4(ip);
	return 1;
}

static __always_inline int write_ipv6(struct __sk_buff *skb, const struct entry *entry)
{
	void *end = (void *)(long)skb->data_end;
	struct ipv6hdr *ip = (void *)(long)skb->data + ETH_HLEN;

	if ((void *)(ip + 1) > end)
		return 0;
	ip->priority = entry->tos >> 4;
	ip->flow_lbl[0] = entry->tos << 4;
	ip->flow_lbl[1] = 0;
	ip->flow_lbl[2] = 0;
	ip->hop_limit = entry->hop_limit;
	__builtin_memcpy(&ip->saddr, entry->from, 16);
	__builtin_memcpy(&ip->daddr, entry->to, 16);
	return 1;
}

/* Sum that takes the old addresses out of a checksum and puts the new ones in. */
static __always_inline __s64 addresses_difference(const struct packet *packet, const struct entry *entry)
{
	__u64 old_words[4], new_words[4];
	__u32 bytes = packet->family == IPV4 ? 16 : 32;

	/* IPv4: the second words are 0 in both, and add nothing. */
	old_words[0] = packet->source[0];
	old_words[1] = packet->local[0];
	old_words[2] = packet->source[1];
	old_words[3] = packet->local[1];
	new_words[0] = entry->from[0];
	new_words[1] = entry->to[0];
	new_words[2] = entry->from[1];
	new_words[3] = entry->to[1];
	return bytes == 16 ? bpf_csum_diff((__be32 *)old_words, 16, (__be32 *)new_words, 16, 0)
			   : bpf_csum_diff((__be32 *)old_words, 32, (__be32 *)new_words, 32, 0);
}

static __always_inline __u32 ports_of(const struct entry *entry)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return entry->from_port | (__u32)entry->to_port << 16;
#else
	return (__u32)entry->from_port << 16 | entry->to_port;
#endif
}

/* The helpers know checksums that the sender's hardware was to finish, and those that are not there. */
static __always_inline int rewrite(struct __sk_buff *skb, const struct packet *packet, const struct entry *entry)
{
	__u32 udp = ETH_HLEN + packet->ip_bytes;
	__u32 check = udp + 6;
	__u32 ports = ports_of(entry);
	__s64 difference = addresses_difference(packet, entry);

	if (difference < 0)
		return 0;
	if (bpf_l4_csum_replace(skb, check, 0, difference, BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0))
		return 0;
	if (bpf_l4_csum_replace(skb, check, packet->ports, ports, BPF_F_MARK_MANGLED_0 | 4))
		return 0;
	if (bpf_skb_store_bytes(skb, udp, &ports, 4, 0))
		return 0;
	return packet->family == IPV4 ? write_ipv4(skb, entry) : write_ipv6(skb, entry);
}

static __always_inline void account(struct state *state, struct state *out, const struct packet *packet, __u64 now)
{
	__sync_fetch_and_add(&state->packets_in, 1);
	__sync_fetch_and_add(&state->bytes_in, packet->length);
	store_once(state->last_seen, now);
	__sync_fetch_and_add(&out->packets_out, 1);
	__sync_fetch_and_add(&out->bytes_out, packet->length);
}

SEC("tc")
int forward(struct __sk_buff *skb)
{
	struct packet packet = {};
	struct state *state, *out;
	struct source *source;
	struct control *common;
	struct entry *entry;
	__u32 zero = 0, flow_id = 0, from_flow, out_interface, rate;
	__u8 is_local;
	__u64 now;

	/*
	 * Several packets in one buffer are for the stack to take apart; a virtual machine's host may leave it to count
	 * them. Frames of other hosts, and of a VLAN (its tag is not in the frame), are not what they look like.
	 */
	if (skb->gso_segs > 1 || skb->gso_size != 0 || skb->vlan_present || skb->pkt_type != PACKET_HOST)
		return TC_ACT_UNSPEC;
	if ((void *)(long)skb->data + LOOKED_AT > (void *)(long)skb->data_end &&
	    bpf_skb_pull_data(skb, skb->len < LOOKED_AT ? skb->len : LOOKED_AT))
		return TC_ACT_UNSPEC;
	if (!read_packet(skb, &packet))
		return TC_ACT_UNSPEC;
	entry = find_entry(&packet, &flow_id);
	if (!entry || !accepts(entry, &packet, skb->ifindex))
		return TC_ACT_UNSPEC;
	common = bpf_map_lookup_elem(&control, &zero);
	state = bpf_map_lookup_elem(&states, &flow_id);
	from_flow = entry->from_flow;
	out = bpf_map_lookup_elem(&states, &from_flow);
	if (!common || !state || !out)
		return TC_ACT_UNSPEC;
	now = bpf_ktime_get_ns();
	if (now > load_once(common->valid_until))
		return TC_ACT_UNSPEC;
	source = find_source(state, packet.ssrc);
	if (!source)
		return TC_ACT_UNSPEC;
	rate = common->rates_hz[entry->rates[packet.payload_type & 127] & (RATES - 1)];
	out_interface = entry->out_interface;
	is_local = entry->is_local;
	if (!is_local) {
		__u32 mtu = 0;
		/* The stack takes apart what is too long for the way out. */
		if (bpf_check_mtu(skb, out_interface, &mtu, 0, 0))
			return TC_ACT_UNSPEC;
	}
	if (!rewrite(skb, &packet, entry))
		return TC_ACT_UNSPEC;
	now /= 1000;
	account(state, out, &packet, now);
	account_source(source, &packet, rate, now);
	return is_local ? TC_ACT_UNSPEC : bpf_redirect_neigh(out_interface, 0, 0, 0);
}

char license_text[] SEC("license") = "Dual MIT/GPL";
