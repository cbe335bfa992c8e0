// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Steers datagrams that arrive at an allocated media port to the socket of the worker that carries the call.
 *
 * A socket lookup program (Linux >= 5.9): it runs once per datagram, after the routing decision and before the
 * kernel looks for a bound socket. Everything that is not an allocated port passes untouched.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "local-address.h"

#define IPV4 2  /* AF_INET */
#define IPV6 10 /* AF_INET6 */
#define UDP 17
#define PORTS 65536

/* Address index -> one byte a port: 0 passes, n is socket n-1. Written by user space through memory. */
struct port_table {
	__u8 socket[PORTS];
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct port_table);
} ports SEC(".maps");

/* One UDP socket per worker and family: 2 * worker + (IPv6 ? 1 : 0). */
struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 254);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

/* Two words as they follow each other in memory. */
static __always_inline __u64 words(__u32 first, __u32 second)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return first | (__u64)second << 32;
#else
	return (__u64)first << 32 | second;
#endif
}

SEC("sk_lookup")
int steer(struct bpf_sk_lookup *ctx)
{
	struct local_address local = {};
	struct port_table *table;
	struct bpf_sock *socket;
	__u32 *index, key;

	if (ctx->protocol != UDP)
		return SK_PASS;
	local.family = ctx->family;
	if (ctx->family == IPV4) {
		local.address[0] = words(ctx->local_ip4, 0);
	} else if (ctx->family == IPV6) {
		local.address[0] = words(ctx->local_ip6[0], ctx->local_ip6[1]);
		local.address[1] = words(ctx->local_ip6[2], ctx->local_ip6[3]);
	} else {
		return SK_PASS;
	}
	index = bpf_map_lookup_elem(&addresses, &local);
	if (!index)
		return SK_PASS;
	table = bpf_map_lookup_elem(&ports, index);
	if (!table)
		return SK_PASS;
	key = table->socket[ctx->local_port & (PORTS - 1)];
	if (key == 0)
		return SK_PASS;
	key -= 1;
	socket = bpf_map_lookup_elem(&sockets, &key);
	if (!socket)
		return SK_PASS;
	bpf_sk_assign(ctx, socket, 0);
	bpf_sk_release(socket);
	return SK_PASS;
}

char license_text[] SEC("license") = "Dual MIT/GPL";
