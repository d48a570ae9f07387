/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Walks through the kernel's hash tables of TCP sockets as its own lookup does (`__inet_lookup_established` in
 * net/ipv4/inet_hashtables.c): under RCU, and without a lock. It lists what `tcp-sockets.bpf.c` lists in half the time, for
 * sockets that are not listed are not locked. Each run goes on where the last one stopped, for about a millisecond.
 */
#include "tcp-record.h"

char LICENSE[] SEC("license") = "GPL";

/* include/net/inet_hashtables.h: where the numbers begin that end the chains of listeners. */
#define LISTENING_NULLS_BASE (1U << 29)

/* Chosen: what bounds a run to about a millisecond, by what it visits and by what it writes. */
#define MAX_CHAINS 4096
#define MAX_SOCKETS 2048
#define RECORD_BYTES 16384

/* Heads of chains that are read at once: most are empty. */
#define HEADS 8

#define LISTENERS 0
#define OTHERS 1
#define DONE 2

/* A pass, from run to run; in `tcp-walk.ts` too. */
struct pass {
	struct range range;
	u32 table;
	/* The next one. */
	u32 bucket;
	/* What this run did. */
	u32 record_bytes;
	u32 sockets;
	/* What sysctl tcp_fin_timeout is in jiffies. */
	u32 fin_timeout;
	u8 records[RECORD_BYTES + sizeof(struct record)];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct pass);
} passes SEC(".maps");

/* One run: its namespace, the hash table, and how far it is in a chain. */
struct walk {
	struct pass *pass;
	struct net *net;
	u64 heads;
	u32 head_bytes;
	u32 mask;
	/* What a chain's last link says, less the number of its bucket. */
	u32 base;
	u32 is_broken;
	struct hlist_nulls_node *node;
};

static __always_inline int is_end(const struct hlist_nulls_node *node)
{
	return (u64)node & 1;
}

/* What all sockets have, and the link to the next one, are in the first bytes (include/net/sock.h). */
#define COMMON_BYTES 128

static long visit_socket(u32 index, struct walk *walk)
{
	struct hlist_nulls_node *node = walk->node;
	struct pass *pass = walk->pass;
	struct record record = {};
	u64 copy[COMMON_BYTES / sizeof(u64)];
	const struct sock_common *seen = (void *)copy;

	if (is_end(node))
		return 1;
	struct sock_common *common = (void *)node - bpf_core_field_offset(struct sock_common, skc_nulls_node);
	bpf_probe_read_kernel(copy, sizeof(copy), common);
	walk->node = seen->skc_nulls_node.next;
	pass->sockets += 1;
	if (seen->skc_net.net != walk->net || !is_listed(seen->skc_state, seen->skc_num, &pass->range))
		return 0;
	u32 length = fill_record(&record, common, seen);
	u32 at = pass->record_bytes;
	/* The memory may have become another socket meanwhile. */
	if (at > RECORD_BYTES || BPF_CORE_READ(common, skc_portpair) != seen->skc_portpair) {
		walk->is_broken = 1;
		return 1;
	}
	__builtin_memcpy(&pass->records[at], &record, sizeof(record));
	pass->record_bytes = at + length;
	return 0;
}

/* Reads the heads of the next chains; returns how many of them are empty until one that is not. */
static __always_inline u32 read_heads(struct walk *walk, u32 bucket, struct hlist_nulls_node **heads)
{
	const void *first = (void *)(walk->heads + (u64)bucket * walk->head_bytes);
	u32 empty = 0;

	if (walk->head_bytes != sizeof(*heads) || bucket + HEADS > walk->mask) {
		bpf_probe_read_kernel(heads, sizeof(*heads), first);
		return is_end(heads[0]);
	}
	bpf_probe_read_kernel(heads, HEADS * sizeof(*heads), first);
	while (empty < HEADS && is_end(heads[empty]))
		empty += 1;
	return empty;
}

/* A chain that a socket left for another one while it was read, or that did not fit any more, is left to the next run. */
static long visit_chain(u32 index, struct walk *walk)
{
	struct hlist_nulls_node *heads[HEADS] = {};
	struct pass *pass = walk->pass;
	u32 bucket = pass->bucket, record_bytes = pass->record_bytes;

	if (bucket > walk->mask || pass->sockets > MAX_SOCKETS)
		return 1;
	u32 empty = read_heads(walk, bucket, heads);
	if (empty) {
		pass->bucket = bucket + empty;
		return 0;
	}
	walk->node = heads[0];
	bpf_loop(MAX_SOCKETS, visit_socket, walk, 0);
	if (walk->is_broken || ((u64)walk->node >> 1) != walk->base + bucket) {
		pass->record_bytes = record_bytes;
		return 1;
	}
	pass->bucket = bucket + 1;
	return 0;
}

static __always_inline void choose_table(struct walk *walk, struct inet_hashinfo *tables)
{
	if (walk->pass->table == LISTENERS) {
		walk->heads = (u64)BPF_CORE_READ(tables, lhash2) +
			      bpf_core_field_offset(struct inet_listen_hashbucket, nulls_head);
		walk->head_bytes = bpf_core_type_size(struct inet_listen_hashbucket);
		walk->mask = BPF_CORE_READ(tables, lhash2_mask);
		walk->base = LISTENING_NULLS_BASE;
		return;
	}
	walk->heads = (u64)BPF_CORE_READ(tables, ehash);
	walk->head_bytes = bpf_core_type_size(struct inet_ehash_bucket);
	walk->mask = BPF_CORE_READ(tables, ehash_mask);
}

SEC("raw_tp")
int walk_tcp_sockets(void *ctx)
{
	u32 zero = 0;
	struct pass *pass = bpf_map_lookup_elem(&passes, &zero);
	struct net *net = bpf_get_current_task_btf()->nsproxy->net_ns;
	struct walk walk = {};

	if (!pass)
		return 0;
	walk.pass = pass;
	walk.net = net;
	pass->fin_timeout = net->ipv4.sysctl_tcp_fin_timeout;
	pass->record_bytes = 0;
	pass->sockets = 0;
	choose_table(&walk, net->ipv4.tcp_death_row.hashinfo);
	bpf_loop(MAX_CHAINS, visit_chain, &walk, 0);
	if (pass->bucket > walk.mask) {
		pass->table += 1;
		pass->bucket = 0;
	}
	return 0;
}
