// SPDX-License-Identifier: MIT OR GPL-2.0
/* Follows the sequence numbers and the jitter of a synchronization source, as the relay workers do. */
#pragma once

#include "fastpath.h"

/* RFC 3550 A.1; the relay workers' figures. */
#define MAX_DROPOUT 3000
#define MAX_MISORDER 100
#define WINDOW 64
/* Longer pauses say nothing of jitter, and overflow. */
#define LONGEST_MICROS 60000000ULL

/* A packet not newer than the highest: late, or seen before. */
static __always_inline void mark_late(struct source *source, __u32 behind)
{
	__u64 bit = behind < WINDOW ? 1ULL << (behind & (WINDOW - 1)) : 0;
	__u64 is_twice = (source->window & bit) != 0;

	/* No branches: of two counters the compiler would make one at a variable place, which CAP_BPF alone may not use. */
	source->window |= bit;
	source->duplicates += is_twice;
	source->reordered += !is_twice;
}

/* RFC 3550 A.1 without probation: the packet was accepted. */
static __always_inline void update_sequence(struct source *source, __u16 sequence)
{
	__u16 highest = source->highest;
	__u16 ahead = sequence - highest;

	if (ahead != 0 && ahead < MAX_DROPOUT) {
		if (sequence < highest)
			source->cycles++;
		source->highest = sequence;
		source->window = (ahead < WINDOW ? source->window << (ahead & (WINDOW - 1)) : 0) | 1;
		source->restart = 0;
	} else if (ahead != 0 && ahead <= 0x10000 - MAX_MISORDER) {
		/* Twice in a row at the new place: the sender started again. */
		if (source->restart == (__u32)sequence + 1) {
			source->expected_before +=
				(__u64)source->cycles * 65536 + source->highest - source->first + 2;
			source->cycles = 0;
			source->highest = sequence;
			source->first = sequence;
			source->restart = 0;
			source->window = 1;
		} else {
			source->restart = (((__u32)sequence + 1) & 0xffff) + 1;
		}
	} else {
		mark_late(source, (0x10000 - ahead) & 0xffff);
	}
}

/* RFC 3550 A.8; two payload types may run on two clocks, so only packets of the same one compare. */
static __always_inline void measure_jitter(struct source *source, const struct packet *packet, __u32 rate_hz, __u64 now)
{
	__s64 difference, jitter = source->jitter;
	__u64 elapsed = now - source->last_seen;

	if (source->last_payload_type != packet->payload_type || elapsed > LONGEST_MICROS)
		return;
	difference = (__s64)((elapsed * rate_hz << JITTER_SHIFT) / 1000000);
	difference -= (__s64)(__s32)(packet->timestamp - source->last_timestamp) << JITTER_SHIFT;
	if (difference < 0)
		difference = -difference;
	source->jitter = jitter + ((difference - jitter) >> 4);
}

static __always_inline void account_source(struct source *source, const struct packet *packet, __u32 rate_hz, __u64 now)
{
	__sync_fetch_and_add(&source->packets, 1);
	__sync_fetch_and_add(&source->bytes, packet->length);
	if (__sync_lock_test_and_set(&source->lock, 1))
		return;
	measure_jitter(source, packet, rate_hz, now);
	update_sequence(source, packet->sequence);
	source->last_seen = now;
	source->last_payload_type = packet->payload_type;
	source->last_timestamp = packet->timestamp;
	__sync_lock_test_and_set(&source->lock, 0);
}
