/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Counts the calls that the kernel refused for lack of a local port, in maps of a fixed size: connect() by the change of state
 * that ends it, bind() by what the function returns that looks for a port. `failure-maps.ts` reads the maps.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define TCP_SYN_SENT 2
#define TCP_CLOSE 7

#define CALL_CONNECT 0
#define CALL_BIND 1

/* Chosen: as many endpoints as the history follows, and twice as many namespaces as are watched. Together 1.2 MiB at most. */
#define MAX_ENDPOINTS 4096
#define MAX_PROCESSES 4096
#define MAX_NAMESPACES 2048

struct namespace_key {
	/* As SO_NETNS_COOKIE says: given once until the next boot. */
	u64 netns;
	u32 call;
	u32 pad;
};

/* The addresses of IPv4 sockets are v4-mapped. A bind() has no remote end. */
struct endpoint_key {
	struct namespace_key where;
	u32 local[4];
	u32 remote[4];
	u32 device;
	u32 remote_port;
};

struct process_key {
	struct endpoint_key endpoint;
	u32 tgid;
	char command[16];
	u32 pad;
	u64 cgroup;
};

struct count {
	u64 failures;
	/* Of the last one: nanoseconds since boot, without the time asleep. */
	u64 at;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_NAMESPACES);
	__type(key, struct namespace_key);
	__type(value, struct count);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} by_namespace SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ENDPOINTS);
	__type(key, struct endpoint_key);
	__type(value, struct count);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} by_endpoint SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PROCESSES);
	__type(key, struct process_key);
	__type(value, struct count);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} by_process SEC(".maps");

/* What did not fit: failures of which only the namespace is known, only the endpoint, and not even the namespace. */
#define LOST_ENDPOINT 0
#define LOST_PROCESS 1
#define LOST_NAMESPACE 2

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, u32);
	__type(value, u64);
} lost SEC(".maps");

static __always_inline void add(void *map, const void *key, u32 without)
{
	struct count *count = bpf_map_lookup_elem(map, key);

	if (!count) {
		struct count none = {};
		/* Fails too where another processor was faster. */
		bpf_map_update_elem(map, key, &none, BPF_NOEXIST);
		count = bpf_map_lookup_elem(map, key);
	}
	if (count) {
		__sync_fetch_and_add(&count->failures, 1);
		count->at = bpf_ktime_get_ns();
		return;
	}
	u64 *missing = bpf_map_lookup_elem(&lost, &without);
	if (missing)
		__sync_fetch_and_add(missing, 1);
}

static __always_inline void set_addresses(struct endpoint_key *key, const struct sock_common *common)
{
	if (common->skc_family == AF_INET6) {
		struct in6_addr local = common->skc_v6_rcv_saddr, remote = common->skc_v6_daddr;
		__builtin_memcpy(key->local, &local, sizeof(local));
		__builtin_memcpy(key->remote, &remote, sizeof(remote));
		return;
	}
	key->local[2] = key->remote[2] = __builtin_bswap32(0xffff);
	key->local[3] = common->skc_rcv_saddr;
	key->remote[3] = common->skc_daddr;
}

static __always_inline void count_failure(const struct sock *sk, u32 call)
{
	struct process_key key = {};
	struct task_struct *process = bpf_get_current_task_btf()->group_leader;
	const struct sock_common *common = &sk->__sk_common;

	key.endpoint.where.netns = common->skc_net.net->net_cookie;
	key.endpoint.where.call = call;
	set_addresses(&key.endpoint, common);
	if (call == CALL_BIND)
		__builtin_memset(key.endpoint.remote, 0, sizeof(key.endpoint.remote));
	else
		key.endpoint.remote_port = __builtin_bswap16(common->skc_dport);
	key.endpoint.device = common->skc_bound_dev_if;
	key.tgid = process->tgid;
	BPF_CORE_READ_INTO(&key.command, process, comm);
	key.cgroup = sk->sk_cgrp_data.cgroup->kn->id;
	add(&by_namespace, &key.endpoint.where, LOST_NAMESPACE);
	add(&by_endpoint, &key.endpoint, LOST_ENDPOINT);
	add(&by_process, &key, LOST_PROCESS);
}

/*
 * A connect() that finds no port goes from SYN_SENT to CLOSE without a port, an error of the socket or a shutdown
 * (`tcp_v4_connect` in net/ipv4/tcp_ipv4.c). What was reset, unreachable or timed out has an error, what was closed a shutdown.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(count_refused_connect, const struct sock *sk, int before, int now)
{
	if (before != TCP_SYN_SENT || now != TCP_CLOSE || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (sk->__sk_common.skc_num || sk->sk_err || sk->sk_shutdown)
		return 0;
	count_failure(sk, CALL_CONNECT);
	return 0;
}

/* A bind() that names no port, and a listen() without one (`inet_csk_get_port` in net/ipv4/inet_connection_sock.c). */
SEC("fexit/inet_csk_get_port")
int BPF_PROG(count_refused_bind, struct sock *sk, unsigned short port, int result)
{
	if (port == 0 && result != 0 && sk->sk_protocol == IPPROTO_TCP)
		count_failure(sk, CALL_BIND);
	return 0;
}
