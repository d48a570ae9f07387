/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A TCP socket as `bpf-row.ts` decodes it, which says what the fields mean. Each field is read by `bpf_probe_read_kernel`, so that
 * the socket need not be locked.
 */
#pragma once

#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define AF_INET6 10

#define TCP_ESTABLISHED 1
#define TCP_TIME_WAIT 6
#define TCP_CLOSE_WAIT 8
#define TCP_LISTEN 10
#define TCP_NEW_SYN_RECV 12

/* include/net/sock.h: connect() chose the port. Since Linux 6.18. */
#define SOCK_CONNECT_BIND 16

/* What is known of a row; in `bpf-row.ts` too. */
#define BUCKET_KNOWN 1
#define BUCKET_BOUND 2
#define SOCKET_BOUND 4
#define V6ONLY 8
#define TIMESTAMPS_KNOWN 16
#define TIMESTAMPS 32
#define ORIGIN_KNOWN 64
#define ACCEPTED 128
#define LIVE 256

struct range {
	u16 low;
	u16 high;
};

/* A record: `head`, the addresses of both ends (4 or 16 bytes each), and `live` where the flag LIVE is set. */
struct head {
	u8 state;
	u8 family;
	u16 flags;
	u16 local_port;
	u16 remote_port;
	/* Until a TIME_WAIT ends, in jiffies. */
	s32 remaining;
	u32 device;
};

struct live {
	u32 uid;
	/* Of IP_LOCAL_PORT_RANGE: the high port in the upper half; 0 for none. */
	u32 window;
	u64 cgroup;
};

/* The largest record; the smaller ones end earlier. */
struct record {
	struct head head;
	u32 rest[8 + sizeof(struct live) / 4];
};

static __always_inline u16 bucket_flags(struct inet_bind_bucket *bucket)
{
	if (!bucket)
		return 0;
	/* As `__inet_hash_connect` in net/ipv4/inet_hashtables.c passes a port over. */
	if (BPF_CORE_READ(bucket, fastreuse) >= 0 || BPF_CORE_READ(bucket, fastreuseport) >= 0)
		return BUCKET_KNOWN | BUCKET_BOUND;
	return BUCKET_KNOWN;
}

/*
 * Whether the socket was accepted. Where connect() owns the port it was not: what is accepted has the port of a listener. Else
 * as in `decodeDetails` in inet-diag-row.ts: a SYN is acknowledged like a byte, but is none that was sent.
 */
static __always_inline u16 origin_flags(struct tcp_sock *tcp, u8 state, u16 bucket)
{
	if (bucket == BUCKET_KNOWN)
		return ORIGIN_KNOWN;
	if (state != TCP_ESTABLISHED && state != TCP_CLOSE_WAIT)
		return 0;
	if (BPF_CORE_READ(tcp, snd_nxt) != BPF_CORE_READ(tcp, snd_una))
		return 0;
	u64 arrived = BPF_CORE_READ(tcp, bytes_sent) - BPF_CORE_READ(tcp, bytes_retrans);
	return BPF_CORE_READ(tcp, bytes_acked) == arrived ? ORIGIN_KNOWN | ACCEPTED : ORIGIN_KNOWN;
}

static __always_inline void fill_live(struct tcp_sock *tcp, struct head *head, struct live *live)
{
	struct inet_sock *inet = &tcp->inet_conn.icsk_inet;
	u16 flags = bucket_flags(BPF_CORE_READ(tcp, inet_conn.icsk_bind_hash));
	int tells_by_socket = bpf_core_field_exists(struct inet_timewait_sock, tw_connect_bind);

	if ((flags & BUCKET_BOUND) && !(tells_by_socket && (BPF_CORE_READ(inet, sk.sk_userlocks) & SOCK_CONNECT_BIND)))
		flags |= SOCKET_BOUND;
	if (head->state != TCP_LISTEN) {
		flags |= origin_flags(tcp, head->state, flags) | TIMESTAMPS_KNOWN;
		if (BPF_CORE_READ_BITFIELD_PROBED(tcp, rx_opt.tstamp_ok))
			flags |= TIMESTAMPS;
	}
	head->flags |= flags | LIVE;
	live->uid = BPF_CORE_READ(inet, sk.sk_uid.val);
	if (bpf_core_field_exists(inet->local_port_range))
		live->window = BPF_CORE_READ(inet, local_port_range);
	live->cgroup = BPF_CORE_READ(inet, sk.sk_cgrp_data.cgroup, kn, id);
}

static __always_inline void fill_time_wait(struct tcp_timewait_sock *tw, struct head *head)
{
	u16 flags = bucket_flags(BPF_CORE_READ(tw, tw_sk.tw_tb)) | TIMESTAMPS_KNOWN;

	if (flags & BUCKET_BOUND) {
		flags |= SOCKET_BOUND;
		if (bpf_core_field_exists(tw->tw_sk.tw_connect_bind) &&
		    BPF_CORE_READ_BITFIELD_PROBED(tw, tw_sk.tw_connect_bind))
			flags &= ~SOCKET_BOUND;
	}
	if (BPF_CORE_READ(tw, tw_ts_recent_stamp))
		flags |= TIMESTAMPS;
	head->state = BPF_CORE_READ(tw, tw_sk.tw_substate);
	head->remaining = (s32)(BPF_CORE_READ(tw, tw_sk.tw_timer.expires) - bpf_jiffies64());
	head->flags |= flags;
}

/* Whether a socket in `state` with `local_port` is listed: listeners are, and what has a port of the range. */
static __always_inline int is_listed(u8 state, u16 local_port, const struct range *range)
{
	return state == TCP_LISTEN || (local_port >= range->low && local_port <= range->high);
}

/*
 * Fills a record of zeros with the socket at `common`, of which `copy` is the part that all sockets have; returns its length.
 */
static __always_inline u32 fill_record(struct record *record, struct sock_common *common, const struct sock_common *copy)
{
	struct head *head = &record->head;
	struct live live = {};

	head->state = copy->skc_state;
	head->local_port = copy->skc_num;
	head->family = copy->skc_family;
	head->remote_port = __builtin_bswap16(copy->skc_dport);
	head->device = copy->skc_bound_dev_if;
	if (BPF_CORE_READ_BITFIELD(copy, skc_ipv6only))
		head->flags |= V6ONLY;

	if (head->state == TCP_TIME_WAIT)
		fill_time_wait((struct tcp_timewait_sock *)common, head);
	else if (head->state != TCP_NEW_SYN_RECV)
		fill_live((struct tcp_sock *)common, head, &live);

	if (head->family == AF_INET6) {
		struct in6_addr local = copy->skc_v6_rcv_saddr, remote = copy->skc_v6_daddr;
		__builtin_memcpy(&record->rest[0], &local, sizeof(local));
		__builtin_memcpy(&record->rest[4], &remote, sizeof(remote));
		__builtin_memcpy(&record->rest[8], &live, sizeof(live));
		return sizeof(*head) + 32 + (head->flags & LIVE ? sizeof(live) : 0);
	}
	record->rest[0] = copy->skc_rcv_saddr;
	record->rest[1] = copy->skc_daddr;
	__builtin_memcpy(&record->rest[2], &live, sizeof(live));
	return sizeof(*head) + 8 + (head->flags & LIVE ? sizeof(live) : 0);
}
