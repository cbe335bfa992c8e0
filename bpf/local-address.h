// SPDX-License-Identifier: MIT OR GPL-2.0
/* How both programs know the addresses that are ours. */
#pragma once

/*
 * Of double words, each written in one go: before Linux 6.8, who has CAP_BPF alone may not write to half of a double
 * word on the stack after the other half ("attempt to corrupt spilled pointer on stack").
 */
struct local_address {
	__u64 family; /* steer.bpf.c: AF_*; fastpath.bpf.c: 4 or 6 */
	__u64 address[2]; /* as in memory, network byte order; IPv4 in the first word */
};

/* Local address -> its index. Sized by user space before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct local_address);
	__type(value, __u32);
} addresses SEC(".maps");
