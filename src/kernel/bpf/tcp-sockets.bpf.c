/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Lists the TCP sockets of the network namespace in which the iterator is opened (`bpf_iter_tcp_seq_show` in
 * net/ipv4/tcp_ipv4.c): all listeners, and of the others those with a local port in the range that is asked for. Each is
 * one record of `bpf-row.ts`, which says what the fields mean. Sockets that are bound and idle are in neither hash table.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

#define AF_INET6 10

#define TCP_ESTABLISHED 1
#define TCP_TIME_WAIT 6
#define TCP_CLOSE_WAIT 8
#define TCP_LISTEN 10

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

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct range);
} asked SEC(".maps");

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
	if (bucket->fastreuse >= 0 || bucket->fastreuseport >= 0)
		return BUCKET_KNOWN | BUCKET_BOUND;
	return BUCKET_KNOWN;
}

/* As in `decodeDetails` in inet-diag-row.ts: a SYN is acknowledged like a byte, but is none that was sent. */
static __always_inline u16 origin_flags(struct tcp_sock *tcp, u8 state)
{
	if (state != TCP_ESTABLISHED && state != TCP_CLOSE_WAIT)
		return 0;
	if (tcp->snd_nxt != tcp->snd_una)
		return 0;
	u64 arrived = tcp->bytes_sent - tcp->bytes_retrans;
	return tcp->bytes_acked == arrived ? ORIGIN_KNOWN | ACCEPTED : ORIGIN_KNOWN;
}

static __always_inline void fill_live(struct tcp_sock *tcp, struct head *head, struct live *live)
{
	struct inet_sock *inet = &tcp->inet_conn.icsk_inet;
	struct sock *sk = &inet->sk;
	u16 flags = bucket_flags(tcp->inet_conn.icsk_bind_hash);
	int tells_by_socket = bpf_core_field_exists(struct inet_timewait_sock, tw_connect_bind);

	if ((flags & BUCKET_BOUND) && !(tells_by_socket && (sk->sk_userlocks & SOCK_CONNECT_BIND)))
		flags |= SOCKET_BOUND;
	if (head->state != TCP_LISTEN) {
		flags |= TIMESTAMPS_KNOWN;
		if (BPF_CORE_READ_BITFIELD(tcp, rx_opt.tstamp_ok))
			flags |= TIMESTAMPS;
		flags |= origin_flags(tcp, head->state);
	}
	head->flags |= flags | LIVE;
	live->uid = sk->sk_uid.val;
	if (bpf_core_field_exists(inet->local_port_range))
		live->window = inet->local_port_range;
	live->cgroup = sk->sk_cgrp_data.cgroup->kn->id;
}

static __always_inline void fill_time_wait(struct tcp_timewait_sock *tw, struct head *head)
{
	struct inet_timewait_sock *sk = &tw->tw_sk;
	u16 flags = bucket_flags(sk->tw_tb) | TIMESTAMPS_KNOWN;

	if (flags & BUCKET_BOUND) {
		flags |= SOCKET_BOUND;
		if (bpf_core_field_exists(tw->tw_sk.tw_connect_bind) && BPF_CORE_READ_BITFIELD(tw, tw_sk.tw_connect_bind))
			flags &= ~SOCKET_BOUND;
	}
	if (tw->tw_ts_recent_stamp)
		flags |= TIMESTAMPS;
	head->state = sk->tw_substate;
	head->remaining = (s32)(sk->tw_timer.expires - bpf_jiffies64());
	head->flags |= flags;
}

/* What the end of a pass says: jiffies of a second, and of the seconds that sysctl tcp_fin_timeout shows. */
struct tail {
	u8 state;
	u8 pad[3];
	u32 fin_timeout;
};

static __always_inline int write_tail(struct seq_file *seq)
{
	struct tail tail = {};

	tail.fin_timeout = bpf_get_current_task_btf()->nsproxy->net_ns->ipv4.sysctl_tcp_fin_timeout;
	bpf_seq_write(seq, &tail, sizeof(tail));
	return 0;
}

SEC("iter/tcp")
int list_tcp_sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct seq_file *seq = ctx->meta->seq;
	struct record record = {};
	struct head *head = &record.head;
	struct live live = {};
	u32 zero = 0;

	if (!common)
		return write_tail(seq);
	struct range *range = bpf_map_lookup_elem(&asked, &zero);
	if (!range)
		return 0;
	head->state = common->skc_state;
	head->local_port = common->skc_num;
	if (head->state != TCP_LISTEN && (head->local_port < range->low || head->local_port > range->high))
		return 0;
	head->family = common->skc_family;
	head->remote_port = __builtin_bswap16(common->skc_dport);
	head->device = common->skc_bound_dev_if;
	if (BPF_CORE_READ_BITFIELD(common, skc_ipv6only))
		head->flags |= V6ONLY;

	if (head->state == TCP_TIME_WAIT) {
		struct tcp_timewait_sock *tw = bpf_skc_to_tcp_timewait_sock(common);
		if (tw)
			fill_time_wait(tw, head);
	} else {
		struct tcp_sock *tcp = bpf_skc_to_tcp_sock(common);
		if (tcp)
			fill_live(tcp, head, &live);
	}

	if (head->family == AF_INET6) {
		struct in6_addr local = common->skc_v6_rcv_saddr, remote = common->skc_v6_daddr;
		__builtin_memcpy(&record.rest[0], &local, 16);
		__builtin_memcpy(&record.rest[4], &remote, 16);
		if (head->flags & LIVE) {
			__builtin_memcpy(&record.rest[8], &live, sizeof(live));
			bpf_seq_write(seq, &record, sizeof(*head) + 32 + sizeof(live));
		} else {
			bpf_seq_write(seq, &record, sizeof(*head) + 32);
		}
		return 0;
	}
	record.rest[0] = common->skc_rcv_saddr;
	record.rest[1] = common->skc_daddr;
	if (head->flags & LIVE) {
		__builtin_memcpy(&record.rest[2], &live, sizeof(live));
		bpf_seq_write(seq, &record, sizeof(*head) + 8 + sizeof(live));
	} else {
		bpf_seq_write(seq, &record, sizeof(*head) + 8);
	}
	return 0;
}
